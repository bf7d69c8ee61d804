#!/bin/sh
# From the first release on, a migration of the reference server's store is frozen:
# a change of the schema is another file. Fails when a file that an earlier tag vX.Y.Z
# has was changed, and when the store of the last release does not open. Without a tag,
# or in a clone without tags (git fetch --tags), there is nothing to compare.
set -eu
cd "$(dirname "$0")/.."
migrations=testserver/internal/store/migrations
last=$(git tag --list 'v*' --sort=-version:refname --merged HEAD --no-contains HEAD | head -n 1)
if [ -z "$last" ]; then
	echo 'no release yet: the schema may be edited in place'
	exit 0
fi

for tag in $(git tag --list 'v*' --merged HEAD --no-contains HEAD); do
	changed=$(git diff --name-only --no-renames --diff-filter=a "$tag" -- "$migrations")
	if [ -n "$changed" ]; then
		echo "$tag has released this migration; undo the change and write another file beside it:" >&2
		echo "$changed" >&2
		exit 1
	fi
done

dir=$(mktemp -d)
trap 'rm -rf "$dir"; git worktree prune' EXIT
git worktree add --quiet --detach "$dir/last" "$last"
go -C "$dir/last" build -o "$dir/old" ./testserver/cmd/atm-testserver
go build -o "$dir/new" ./testserver/cmd/atm-testserver
for program in old new; do
	"$dir/$program" exec --data-dir "$dir/data" --seed "$dir/last/testserver/examples/seed.yaml" -- true
done
echo "the store of $last opens"
