# Must exist: nothing. Needs a super admin, who can create suites.
resource "atm_suite" "shop" {
  name = "shop"
}

resource "atm_project" "checkout" {
  suite_id = atm_suite.shop.id
  name     = "checkout"
}

resource "atm_application" "machine" {
  suite_id           = atm_suite.shop.id
  project_id         = atm_project.checkout.id
  name               = "machine"
  authenticator_type = "client_credentials"
}

# A token of the application itself, without a user: claims.scope is null.
data "atm_token" "machine" {
  grant_type       = "client_credentials"
  client_id        = atm_application.machine.client_id
  client_secret    = atm_application.machine.client_secret
  minimum_lifetime = 300
}

output "audience" {
  value = data.atm_token.machine.claims.aud # the application's id
}
