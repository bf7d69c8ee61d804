#!/bin/sh
# All tests, as "make test" runs them. Environment:
#   ARGS                 more arguments for go test, such as -run TestX or -v
#   PKG                  packages of the root module; default all
#   TOOLS                packages of tools/; default all, or none with PKG
#   RACE=1               with the race detector, which takes twice the time (.ci/run sets it)
#   TF_ACC_TERRAFORM_PATH  the terraform or tofu to test with; default the one on PATH
#   ATM_TEST_REQUIRE     what must not be missing (see CONTRIBUTING.md)
set -eu
cd "$(dirname "$0")/.."

# The caller's own Terraform settings and ATM credentials would change what the
# tests see; those that steer tests and logs stay.
for name in $(env | sed -nE 's/^((TF|ATM)_[A-Za-z0-9_]*|TERRAFORM_CONFIG)=.*/\1/p'); do
	case $name in
	TF_ACC_TERRAFORM_PATH | TF_ACC_LOG* | TF_ACC_PERSIST_WORKING_DIR | TF_LOG* | ATM_TEST_*) ;;
	*) unset "$name" ;;
	esac
done

if [ -z "${TF_ACC_TERRAFORM_PATH:-}" ]; then
	TF_ACC_TERRAFORM_PATH=$(command -v terraform || command -v tofu || true)
fi
if [ -z "$TF_ACC_TERRAFORM_PATH" ]; then
	cat >&2 <<'END'
make test: neither terraform nor tofu is on PATH, and most of the tests need one.
Install Terraform 1.8 or newer (developer.hashicorp.com/terraform/install) or OpenTofu 1.8
or newer (opentofu.org/docs/intro/install), or set TF_ACC_TERRAFORM_PATH to the program.
The tests that need neither: make unit
END
	exit 1
fi

config=$(mktemp)
trap 'rm -f "$config"' EXIT
echo 'disable_checkpoint = true' >"$config"
export TF_ACC=1 TF_ACC_TERRAFORM_PATH CHECKPOINT_DISABLE=1 TF_CLI_CONFIG_FILE="$config"

version=$("$TF_ACC_TERRAFORM_PATH" version | head -n 1)
case $version in
OpenTofu*) export TF_ACC_PROVIDER_HOST=registry.opentofu.org ;;
esac
echo "make test: acceptance tests with $version ($TF_ACC_TERRAFORM_PATH)"

# The race detector needs cgo and a C compiler that works; building Go's own
# cgo runtime shows it.
race=
if [ "${RACE:-}" = 1 ]; then
	race=-race
	if [ "$(go env CGO_ENABLED)" != 1 ] || ! go build -race -o /dev/null runtime/cgo; then
		echo 'make test: RACE=1 needs CGO_ENABLED=1 and a C compiler such as gcc' >&2
		exit 1
	fi
	echo 'make test: race detector on'
fi

# The tests of tools/ run beside the others, of which some wait: neither
# uses two cores. What they print comes last.
[ -n "${PKG:-}" ] || TOOLS=${TOOLS:-./...}
printed=$(mktemp)
tools=
finish() {
	if [ -n "$tools" ]; then # interrupted; go ignores SIGINT before it runs tests
		kill -INT "$tools" 2>/dev/null || true
		kill -TERM "$tools" 2>/dev/null || true
		wait "$tools" || true
		cat "$printed"
	fi
	rm -f "$config" "$printed"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
status=0
# Word splitting is meant: ARGS, PKG and TOOLS are lists.
# shellcheck disable=SC2086
if [ -n "${TOOLS:-}" ]; then
	go -C tools test $race -count=1 -timeout 20m ${ARGS:-} $TOOLS >"$printed" 2>&1 &
	tools=$!
fi
# shellcheck disable=SC2086
go test $race -count=1 -timeout 20m ${ARGS:-} ${PKG:-./...} || status=1
if [ -n "$tools" ]; then
	wait "$tools" || status=1
	tools=
	cat "$printed"
fi
exit $status
