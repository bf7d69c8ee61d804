# Terraform 1.14 or newer. By hand:
#   terraform apply -invoke=action.atm_revoke_tokens.leaver
action "atm_revoke_tokens" "leaver" {
  config {
    user_id = "D7aaqWe34vWj_Bd-uuP8N"
  }
}
