#!/bin/sh
# Prints how much code there is, as "make size". Lines are lines of files that
# git knows, comments and blank lines included.
set -eu
cd "$(dirname "$0")/.."

files() { git ls-files --cached --others --exclude-standard '*.go' | while read -r f; do [ -f "$f" ] && echo "$f"; done; }
lines() { xargs cat | wc -l | tr -d ' '; }
row() { printf '%-62s %s\n' "$1" "$2"; }

generated=$(files | grep '\.gen\.go$')
written=$(files | grep -v '\.gen\.go$')
code=$(echo "$written" | grep -v '_test\.go$')
row 'hand-written Go outside tests' "$(echo "$code" | lines)"
row '  of it the provider (main.go, internal/)' "$(echo "$code" | grep '^main\.go$\|^internal/' | lines)"
row '  of it the reference server (testserver/)' "$(echo "$code" | grep '^testserver/' | lines)"
row '  of it tools/' "$(echo "$code" | grep '^tools/' | lines)"
row 'tests (*_test.go)' "$(echo "$written" | grep '_test\.go$' | lines)"
row 'generated Go (*.gen.go)' "$(echo "$generated" | lines)"

# One more attribute of an application costs about what an existing one has: the
# lines of the code above that name it, in any spelling. The attribute is
# refresh_token_lifespan, a number with bounds and a default. Not counted: the
# contract and what is generated from it, SQL (the only lines of the server that
# spell it with underscores), and testserver/internal/oauth, which uses the value.
named=$(echo "$code" | grep -v '^tools/\|^testserver/internal/oauth/' |
	xargs grep -iE 'refresh_?token_?lifespan' | grep -v '^testserver/.*refresh_token_lifespan')
row 'one more attribute of an application (refresh_token_lifespan)' \
	"$(echo "$named" | wc -l | tr -d ' ') lines in $(echo "$named" | cut -d: -f1 | sort -u | wc -l | tr -d ' ') files"
