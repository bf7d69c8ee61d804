#!/bin/sh
# Runs the acceptance tests and the guides with each Terraform or OpenTofu program
# that is given. It prints a line for each, and beneath it what failed and why
# others were skipped:
#
#   tools/cli-matrix.sh ~/bin/terraform-1.8.5 ~/bin/tofu-1.11.0
#
# ARGS, PKG and TOOLS are those of test.sh. The log of each run is in a directory
# that is printed first.
set -eu
[ $# -gt 0 ] || {
	echo "usage: $0 PROGRAM..." >&2
	exit 2
}

# skipped counts the reasons of the tests that were skipped, without the steps of
# guides that no CLI runs. go test prints a test's messages after its name, among
# those of tests that run beside it.
skipped() {
	awk '
		/^=== (RUN|CONT|NAME) / { test = $3 }
		/^ +[a-z0-9_]+\.go:[0-9]+: / { reason[test] = $0; sub(/^[^:]*:[0-9]*: /, "", reason[test]) }
		/^ *--- SKIP: / { count[reason[$3]]++ }
		END { for (why in count) if (why !~ /^NOT RUN/ || why ~ /needs (Terraform|OpenTofu)/) printf "  %d skipped: %s\n", count[why], why }
	' "$1" | sort -k 1,1nr
}

logs=$(mktemp -d)
echo "logs: $logs"
status=0
number=0
for program; do
	number=$((number + 1))
	program=$(command -v "$program") || { echo "$program: not found" >&2; exit 2; }
	case $program in
	/*) ;;
	*) program=$PWD/$program ;; # tests run in other directories
	esac
	version=$(TF_CLI_CONFIG_FILE=/dev/null CHECKPOINT_DISABLE=1 "$program" version 2>/dev/null | head -n 1)
	log=$logs/$number.log
	if TF_ACC_TERRAFORM_PATH=$program ARGS="-v ${ARGS:-}" PKG=${PKG:-./internal/...} TOOLS=${TOOLS-./demo ./guides ./schema} "$(dirname "$0")/test.sh" >"$log" 2>&1; then
		result=passed
	else
		result=FAILED
		status=1
	fi
	printf '%-20s %s, %s tests passed, %s skipped (%s)\n' "$version" "$result" \
		"$(grep -c '^ *--- PASS' "$log" || true)" "$(grep -c '^ *--- SKIP' "$log" || true)" "$(basename "$log")"
	grep '^ *--- FAIL' "$log" || true
	skipped "$log"
done
exit $status
