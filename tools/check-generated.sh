#!/bin/sh
# Fails when "make generate" changes anything, untracked files included. It may
# be run with uncommitted work: what was there before is not counted.
set -eu
cd "$(dirname "$0")/.."

snapshot() {
	git diff
	git ls-files --others --exclude-standard | while read -r file; do
		git hash-object "$file"
		echo "$file"
	done
}

before=$(snapshot)
make generate
after=$(snapshot)
if [ "$before" != "$after" ]; then
	git status --short
	git --no-pager diff --stat
	echo 'make generate changed files: run it and commit what it wrote' >&2
	exit 1
fi
