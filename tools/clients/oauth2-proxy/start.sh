#!/bin/sh
# Starts oauth2-proxy in front of a site that always answers 200.
set -eu
exec "$BIN/oauth2-proxy" \
	--provider oidc --oidc-issuer-url "$ISSUER" --provider-ca-file "$CA_FILE" \
	--client-id "$CLIENT_ID" --client-secret "$CLIENT_SECRET" --code-challenge-method S256 --scope 'openid email' \
	--http-address "127.0.0.1:$PORT" --redirect-url "http://127.0.0.1:$PORT/oauth2/callback" --upstream static://200 \
	--cookie-secret 0123456789abcdef --cookie-secure=false --cookie-refresh 1s \
	--email-domain '*' --skip-provider-button
