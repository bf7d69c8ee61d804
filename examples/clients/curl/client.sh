#!/bin/sh
# Gets a token of an application for itself, and asks ATM whether the token is valid.
#
# What must exist before: an application of the type client_credentials. Set
# ATM_ENDPOINT, its ATM_CLIENT_ID and ATM_CLIENT_SECRET, and its id in
# ATM_APPLICATION_ID. It needs curl and jq: sh client.sh
set -eu

# Not as arguments, which are visible to other users of the machine.
secret=$(mktemp)
trap 'rm -f "$secret"' EXIT
printf '%s' "$ATM_CLIENT_SECRET" >"$secret"

# post PATH DATA... sends a form with the application's credentials.
post() {
	path=$1
	shift
	curl --fail --silent --show-error "$ATM_ENDPOINT$path" \
		--data-urlencode "client_id=$ATM_CLIENT_ID" --data-urlencode "client_secret@$secret" "$@"
}

token=$(post /auth/token --data grant_type=client_credentials | jq --exit-status --raw-output .access_token)

printf '%s' "$token" | post /auth/introspect --data-urlencode token@- |
	jq --exit-status --raw-output --arg audience "$ATM_APPLICATION_ID" \
		'if .active and .iss == "atm" and .aud == $audience then "valid until \(.exp | todate)" else error("the token is not valid") end'
