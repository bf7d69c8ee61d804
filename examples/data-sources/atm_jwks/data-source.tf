data "atm_jwks" "atm" {}

# For a gateway that takes one key in PEM form each.
output "keys" {
  value = { for key in data.atm_jwks.atm.keys : key.kid => key.public_key_pem }
}

# For a gateway that takes the document.
output "jwks" {
  value = data.atm_jwks.atm.json
}
