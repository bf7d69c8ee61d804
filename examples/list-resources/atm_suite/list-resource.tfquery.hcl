# Must exist: nothing. Needs Terraform 1.14. Run it with: terraform query
provider "atm" {}

list "atm_suite" "all" {
  provider = atm
}
