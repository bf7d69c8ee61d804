# Must exist: nothing. Needs a super admin, who can create suites, and Terraform 1.11 or newer.
# A client secret of your own that is in neither state nor plan. It can also come
# from an ephemeral resource.
resource "atm_suite" "shop" {
  name = "shop"
}

resource "atm_project" "checkout" {
  suite_id = atm_suite.shop.id
  name     = "checkout"
}

variable "client_secret" {
  type      = string
  ephemeral = true
}

resource "atm_application" "service" {
  suite_id           = atm_suite.shop.id
  project_id         = atm_project.checkout.id
  name               = "service"
  authenticator_type = "client_credentials"

  client_secret_wo         = var.client_secret
  client_secret_wo_version = 1
}
