# Must exist: the user leaver@example.com. Needs Terraform 1.14 or newer. By hand:
#   terraform apply -invoke=action.atm_revoke_tokens.leaver
data "atm_user" "leaver" {
  email = "leaver@example.com"
}

action "atm_revoke_tokens" "leaver" {
  config {
    user_id = data.atm_user.leaver.id
  }
}
