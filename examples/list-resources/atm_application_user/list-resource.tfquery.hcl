# Must exist: the user ada@example.com. Needs Terraform 1.14. The applications of one user.
# Run it with: terraform query
provider "atm" {}

list "atm_user" "ada" {
  provider = atm

  config {
    email = "ada@example.com"
  }
}

list "atm_application_user" "of_ada" {
  provider = atm

  config {
    user_ids = [list.atm_user.ada.data[0].identity.id]
  }
}
