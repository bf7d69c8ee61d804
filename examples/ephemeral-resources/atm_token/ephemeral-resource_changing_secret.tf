# Terraform 1.11 or newer: a token of an application whose write-only secret the
# same configuration changes. The condition is unknown while the plan changes
# the secret, so that Terraform requests the token after the change.
variable "secret" {
  type      = string
  ephemeral = true
}

variable "secret_version" {
  type    = number
  default = 1
}

resource "atm_application" "a" {
  suite_id                 = "Suite-0123456789abcde"
  project_id               = "Project-0123456789abc"
  name                     = "a"
  authenticator_type       = "client_credentials"
  client_secret_wo         = var.secret
  client_secret_wo_version = var.secret_version
}

ephemeral "atm_token" "a" {
  grant_type    = "client_credentials"
  client_id     = atm_application.a.secret_version > 0 ? atm_application.a.client_id : null
  client_secret = var.secret
}
