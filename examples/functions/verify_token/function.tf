# Must exist: a token, and the application with the id that it is for.
variable "token" {
  type      = string
  sensitive = true
}

data "atm_jwks" "atm" {}

locals {
  # An error unless the token is valid at the time of the plan.
  verified = provider::atm::verify_token(
    var.token,
    data.atm_jwks.atm.json,
    "T_1kwjq0gTKGW6-g4O8OF", # the expected audience; null accepts any
    plantimestamp(),
  )
}

output "user" {
  value = nonsensitive(local.verified.claims.scope.email)
}
