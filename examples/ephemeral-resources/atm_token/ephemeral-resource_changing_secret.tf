# Must exist: nothing. Needs a super admin, who can create suites, and Terraform 1.11 or newer.
# A token of an application whose write-only secret the same configuration changes. The condition
# is unknown while the plan changes the secret, so that Terraform requests the token after the change.
variable "secret" {
  type      = string
  ephemeral = true
}

variable "secret_version" {
  type    = number
  default = 1
}

resource "atm_suite" "shop" {
  name = "shop"
}

resource "atm_project" "checkout" {
  suite_id = atm_suite.shop.id
  name     = "checkout"
}

resource "atm_application" "a" {
  suite_id                 = atm_suite.shop.id
  project_id               = atm_project.checkout.id
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
