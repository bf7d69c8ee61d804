# Must exist: the project checkout in the suite shop.
data "atm_project" "checkout" {
  path = "shop/checkout"
}

resource "atm_application" "returns" {
  suite_id           = data.atm_project.checkout.suite_id
  project_id         = data.atm_project.checkout.id
  name               = "returns"
  authenticator_type = "client_credentials"
}
