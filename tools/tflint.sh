#!/bin/sh
# Lints examples/ with tflint: the complete configurations by its default rules, the
# others by examples/.tflint.hcl.
set -eu
cd "$(dirname "$0")/../examples"
find . -name '*.tf' -exec dirname {} \; | sort -u | while read -r dir; do
	case $dir in
	./quickstart* | ./provider | ./scenarios/*) tflint --chdir="$dir" ;;
	*) tflint --chdir="$dir" --config="$PWD/.tflint.hcl" ;;
	esac
done
