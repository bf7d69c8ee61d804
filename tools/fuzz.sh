#!/bin/sh
# Runs every fuzz target of the module as a fuzzer, one after the other, each for
# FUZZTIME (default 10s) with FUZZPARALLEL workers (default 1). FUZZ is a pattern
# of the targets' names. A failure leaves its input in testdata/fuzz of the
# package, where it is a test from then on: commit it with the fix. An input that
# reaches new code is made smaller in ten tries at most: a signature reaches
# other code each time, and by default each input would take a minute.
set -eu
cd "$(dirname "$0")/.."

failed=
count=0
for file in $(git ls-files --cached --others --exclude-standard '*_test.go' ':!tools' | xargs grep -l '^func Fuzz'); do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file" | grep -E "${FUZZ:-.}" || true); do
		package="./$(dirname "$file")"
		count=$((count + 1))
		echo "$package $target"
		go test "$package" -run='^$' -fuzz="^$target\$" -fuzztime="${FUZZTIME:-10s}" -fuzzminimizetime=10x -parallel="${FUZZPARALLEL:-1}" ||
			failed="$failed $package:$target"
	done
done
if [ "$count" -eq 0 ]; then
	echo "no fuzz target matches ${FUZZ:-.}" >&2
	exit 1
fi
if [ -n "$failed" ]; then
	echo "failed:$failed" >&2
	exit 1
fi
echo "$count fuzz targets, ${FUZZTIME:-10s} each: nothing found"
