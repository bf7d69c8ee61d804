# Must exist: the suite shop, created outside this configuration.
data "atm_suite" "shop" {
  name = "shop"
}

resource "atm_project" "returns" {
  suite_id = data.atm_suite.shop.id
  name     = "returns"
}
