# Must exist: nothing. Needs a super admin, who can create suites.
resource "atm_suite" "shop" {
  name = "shop"
}

resource "atm_project" "checkout" {
  suite_id = atm_suite.shop.id
  name     = "checkout"
}

# A user of the User Credentials Flow needs no password.
resource "atm_user" "batch" {
  suite_id   = atm_suite.shop.id
  project_id = atm_project.checkout.id
  email      = "batch@example.com"
  first_name = "Batch"
  role       = "system_user"
}

# A person who manages the suite.
resource "atm_user" "admin" {
  suite_id   = atm_suite.shop.id
  project_id = atm_project.checkout.id
  email      = "ada@example.com"
  first_name = "Ada"
  last_name  = "Lovelace"
  role       = "suite_admin"

  # A destroy then only disables the user, whose id stays the same. Its project stays too.
  # on_destroy = "disable"
}
