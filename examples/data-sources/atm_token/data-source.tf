# Must exist: an application of the type user_credentials, and a user that is assigned to it
# and enabled.
variable "client_secret" {
  type      = string
  sensitive = true
}

data "atm_token" "nightly" {
  client_id     = "NmN78x6DMfde1XRx9hQg"
  client_secret = var.client_secret
  login_id      = "admin@gmail.com"
  audience      = "T_1kwjq0gTKGW6-g4O8OF" # the application's id
}

# The claims are the same at every plan. The token is not: an output of the token
# would change with every plan.
output "user" {
  value = data.atm_token.nightly.claims.scope.email
}
