#!/bin/sh
# Formats examples/ with "terraform fmt"; with -check it only lists what is not
# formatted, and fails then.
set -eu
cd "$(dirname "$0")/.."
cli=$(command -v terraform || command -v tofu || true)
if [ -z "$cli" ]; then
	echo 'examples/ NOT checked: neither terraform nor tofu is on PATH' >&2
	exit 0
fi
export CHECKPOINT_DISABLE=1
unset TF_CLI_ARGS TF_CLI_ARGS_fmt TF_CLI_CONFIG_FILE
exec "$cli" fmt -recursive "$@" examples
