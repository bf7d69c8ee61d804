# Must exist: the suite shop.
data "atm_suite" "shop" {
  name = "shop"
}

data "atm_projects" "of_shop" {
  suite_id = data.atm_suite.shop.id
}

output "projects" {
  value = data.atm_projects.of_shop.projects[*].name
}
