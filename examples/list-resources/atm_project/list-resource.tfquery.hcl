# Must exist: the suite shop. Needs Terraform 1.14. Run it with: terraform query
provider "atm" {}

list "atm_suite" "shop" {
  provider = atm

  config {
    name = "shop"
  }
}

list "atm_project" "of_the_shop" {
  provider = atm

  config {
    suite_id = list.atm_suite.shop.data[0].identity.id
  }
}
