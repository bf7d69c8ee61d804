# Must exist: nothing. Needs a super admin, and Terraform 1.11 or newer.
# A password for the sign-in page that is in neither state nor plan.
resource "atm_suite" "shop" {
  name = "shop"
}

resource "atm_project" "checkout" {
  suite_id = atm_suite.shop.id
  name     = "checkout"
}

variable "password" {
  type      = string
  ephemeral = true
}

resource "atm_user" "person" {
  suite_id   = atm_suite.shop.id
  project_id = atm_project.checkout.id
  email      = "grace@example.com"
  first_name = "Grace"
  role       = "system_user"

  password_wo         = var.password
  password_wo_version = 1
}
