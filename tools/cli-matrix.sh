#!/bin/sh
# Runs the acceptance tests with each Terraform or OpenTofu program that is
# given, and prints a line for each:
#
#   tools/cli-matrix.sh ~/bin/terraform-1.8.5 ~/bin/tofu-1.11.0
#
# The log of each run is beside it, in a directory that is printed first.
set -eu
[ $# -gt 0 ] || {
	echo "usage: $0 PROGRAM..." >&2
	exit 2
}
logs=$(mktemp -d)
echo "logs: $logs"
status=0
number=0
for program; do
	number=$((number + 1))
	version=$("$program" version 2>/dev/null | head -n 1)
	log=$logs/$number.log
	if TF_ACC_TERRAFORM_PATH=$program ARGS="-v ${ARGS:-}" PKG=${PKG:-./internal/...} "$(dirname "$0")/test.sh" >"$log" 2>&1; then
		result=passed
	else
		result=FAILED
		status=1
	fi
	printf '%-20s %s, %s tests passed, %s skipped (%s)\n' "$version" "$result" \
		"$(grep -c '^ *--- PASS' "$log" || true)" "$(grep -c '^ *--- SKIP' "$log" || true)" "$(basename "$log")"
	grep '^ *--- FAIL' "$log" || true
done
exit $status
