# Must exist: nothing. Needs Terraform 1.14. To write the configuration and the import blocks of
# everything found: terraform query -generate-config-out=applications.tf
provider "atm" {}

list "atm_application" "machines" {
  provider = atm
  limit    = 1000

  config {
    authenticator_type = "user_credentials"
  }
}
