# Must exist: nothing. Needs a super admin, who can create suites, and Terraform 1.14 or newer.
# A user whose role changes, or who is disabled, has to sign in again.
resource "atm_suite" "shop" {
  name = "shop"
}

resource "atm_project" "checkout" {
  suite_id = atm_suite.shop.id
  name     = "checkout"
}

resource "atm_user" "ada" {
  suite_id   = atm_suite.shop.id
  project_id = atm_project.checkout.id
  email      = "ada@example.com"
  first_name = "Ada"
  role       = "system_user"

  lifecycle {
    action_trigger {
      events  = [after_update]
      actions = [action.atm_revoke_tokens.ada]
    }
  }
}

action "atm_revoke_tokens" "ada" {
  config {
    user_id = atm_user.ada.id # from Terraform v1.16 on: caller.id
  }
}
