# Must exist: an application of the type user_credentials with management access, and a super
# admin that is assigned to it and enabled.
# Needs Terraform 1.10 or newer, OpenTofu 1.11 or newer.
variable "client_secret" {
  type      = string
  ephemeral = true
}

ephemeral "atm_token" "deploy" {
  client_id        = "NmN78x6DMfde1XRx9hQg"
  client_secret    = var.client_secret
  login_id         = "admin@gmail.com"
  minimum_lifetime = 300
}

# An alias of this provider signs in with the token. The provider revokes the
# token when Terraform no longer needs the alias.
provider "atm" {
  alias        = "as_admin"
  endpoint     = "https://atm.example.com"
  access_token = ephemeral.atm_token.deploy.access_token
}

resource "atm_suite" "payments" {
  provider = atm.as_admin
  name     = "payments"
}
