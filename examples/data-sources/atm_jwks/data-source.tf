# Must exist: nothing.
data "atm_jwks" "atm" {}

# For a gateway that takes each key in PEM format.
output "keys" {
  value = { for key in data.atm_jwks.atm.keys : key.kid => key.public_key_pem }
}

# For a gateway that takes the JSON document.
output "jwks" {
  value = data.atm_jwks.atm.json
}
