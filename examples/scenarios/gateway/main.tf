# A gateway that verifies the tokens of one API with ATM's public keys (JWKS), and
# makes no request to ATM.
#
# What must exist before: an ATM, and an application in it that may manage it as a
# super admin. The gateway is an HAProxy 2.5 or newer, which this configuration does
# not start: it returns the files that the gateway reads. This needs jq:
#
#   terraform output -raw haproxy # the rules of the frontend
#   mkdir -p keys
#   terraform output -json keys | jq -r 'to_entries[] | "\(.key) \(.value | @base64)"' |
#     while read -r file key; do echo "$key" | base64 -d >"keys/$file"; done

terraform {
  required_version = ">= 1.8"

  required_providers {
    atm = {
      source  = "tci-pf/atm"
      version = ">= 0.0.1, < 1.0.0"
    }
  }
}

# ATM_ENDPOINT, ATM_CLIENT_ID, ATM_CLIENT_SECRET and ATM_LOGIN_ID.
provider "atm" {}

resource "atm_suite" "shop" {
  name = "gateway shop"
}

resource "atm_project" "api" {
  suite_id = atm_suite.shop.id
  name     = "api"
}

# Its id is the audience (aud) of its tokens.
resource "atm_application" "orders" {
  suite_id           = atm_suite.shop.id
  project_id         = atm_project.api.id
  name               = "orders"
  authenticator_type = "client_credentials"
}

# The keys that ATM signs with, and the next one. Apply and reload the gateway before each rotation.
data "atm_jwks" "atm" {}

locals {
  rules = concat(
    [
      "http-request set-var(txn.bearer) http_auth_bearer",
      "http-request set-var(txn.alg) var(txn.bearer),jwt_header_query('$.alg')",
      "http-request set-var(txn.kid) var(txn.bearer),jwt_header_query('$.kid')",
      "http-request set-var(txn.exp) var(txn.bearer),jwt_payload_query('$.exp','int')",
      "http-request set-var(txn.now) date()",
      "http-request deny deny_status 401 unless { var(txn.alg) -m str RS256 }",
      "http-request deny deny_status 401 unless { var(txn.bearer),jwt_payload_query('$.iss') -m str atm }",
      "http-request deny deny_status 401 unless { var(txn.bearer),jwt_payload_query('$.aud') -m str -- ${atm_application.orders.id} }",
      "http-request deny deny_status 401 if { var(txn.exp),sub(txn.now) -m int lt 0 }",
    ],
    [
      for key in data.atm_jwks.atm.keys :
      "http-request set-var(txn.signed) bool(true) if { var(txn.kid) -m str -- ${key.kid} } { var(txn.bearer),jwt_verify(txn.alg,\"keys/${key.kid}.pem\") 1 }"
    ],
    ["http-request deny deny_status 401 unless { var(txn.signed) -m bool }"],
  )
}

output "keys" {
  description = "The files of the directory keys of the gateway, by name."
  value       = { for key in data.atm_jwks.atm.keys : "${key.kid}.pem" => key.public_key_pem }
}

output "haproxy" {
  description = "The rules of the gateway's frontend."
  value       = join("\n", [for rule in local.rules : "  ${rule}"])
}

output "jwks" {
  description = "The same keys, for a gateway that takes the JSON document."
  value       = data.atm_jwks.atm.json
}

# To try the gateway: the client credentials get a token that it accepts.
output "client_id" {
  value = atm_application.orders.client_id
}

output "client_secret" {
  value     = atm_application.orders.client_secret
  sensitive = true
}
