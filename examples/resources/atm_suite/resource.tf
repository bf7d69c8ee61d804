# Must exist: nothing. Needs a super admin, who can create suites.
resource "atm_suite" "shop" {
  name = "shop"
}
