#!/bin/sh
# Checks what GoReleaser wrote to dist/ by the rules of the public registries of
# Terraform and OpenTofu: a zip for each platform, of the exact name, with the binary
# of the exact name and nothing else; a manifest; and checksums of all of them.
set -eu
cd "$(dirname "$0")/../dist"
fail() {
	echo "dist/: $*" >&2
	exit 1
}

sums=$(echo terraform-provider-atm_*_SHA256SUMS)
version=${sums#terraform-provider-atm_}
version=${version%_SHA256SUMS}
[ -f "$sums" ] || fail 'there is no SHA256SUMS, or more than one'
zips=0
for zip in terraform-provider-atm_*.zip; do
	echo "$zip" | grep -Eqx "terraform-provider-atm_${version}_(darwin|freebsd|linux|windows)_(386|amd64|arm|arm64)\.zip" || fail "$zip has another name"
	binary=$(unzip -Z1 "$zip")
	[ "${binary%.exe}" = "terraform-provider-atm_v$version" ] || fail "$zip contains $binary"
	zips=$((zips + 1))
done
for platform in darwin_arm64 freebsd_amd64 linux_amd64 linux_arm64 windows_amd64; do
	[ -f "terraform-provider-atm_${version}_$platform.zip" ] || fail "there is no zip of $platform"
done
for file in *.zip *.tar.gz *.deb "terraform-provider-atm_${version}_manifest.json"; do
	grep -qF "  $file" "$sums" || fail "$sums does not contain $file"
done
grep -v '_manifest\.json$' "$sums" | sha256sum --check --quiet
[ "$(awk '/_manifest\.json$/ { print $1 }' "$sums")" = "$(sha256sum <../terraform-registry-manifest.json | cut -d ' ' -f 1)" ] ||
	fail "$sums has another checksum of the manifest"
echo "$zips zips of version $version, with checksums"
