# Terraform 1.14 or newer: a user whose role changes, or who is disabled, has to
# sign in again.
resource "atm_user" "ada" {
  suite_id   = "Suite-0123456789abcde"
  project_id = "Project-0123456789abc"
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
    user_id        = atm_user.ada.id
    application_id = "T_1kwjq0gTKGW6-g4O8OF" # only what this application issued
  }
}
