#!/bin/sh
# Starts HAProxy, which verifies access tokens with each of the keys in
# $WORK/keys. HAProxy reads keys at its start: reload it after "terraform apply".
set -eu
{
	cat <<END
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s

frontend api
  bind 127.0.0.1:$PORT
  http-request set-var(txn.bearer) http_auth_bearer
  http-request set-var(txn.alg) var(txn.bearer),jwt_header_query('\$.alg')
  http-request set-var(txn.kid) var(txn.bearer),jwt_header_query('\$.kid')
  http-request set-var(txn.iss) var(txn.bearer),jwt_payload_query('\$.iss')
  http-request set-var(txn.aud) var(txn.bearer),jwt_payload_query('\$.aud')
  http-request set-var(txn.exp) var(txn.bearer),jwt_payload_query('\$.exp','int')
  http-request set-var(txn.now) date()
  http-request deny deny_status 401 unless { var(txn.alg) -m str RS256 }
  http-request deny deny_status 401 unless { var(txn.iss) -m str atm }
  http-request deny deny_status 401 unless { var(txn.aud) -m str -- $AUDIENCE }
  http-request deny deny_status 401 if { var(txn.exp),sub(txn.now) -m int lt 0 }
END
	for pem in "$WORK"/keys/*.pem; do
		kid=$(basename "$pem" .pem)
		echo "  http-request set-var(txn.signed) bool(true) if { var(txn.kid) -m str -- $kid } { var(txn.bearer),jwt_verify(txn.alg,\"$pem\") 1 }"
	done
	cat <<END
  http-request deny deny_status 401 unless { var(txn.signed) -m bool }
  http-request return status 200
END
} >"$WORK/haproxy.cfg"
exec haproxy -f "$WORK/haproxy.cfg"
