resource "atm_suite" "shop" {
  name = "shop"
}
