# Must exist: nothing. Needs a super admin, and Terraform 1.14 or newer. By hand:
#   terraform apply -invoke=action.atm_rotate_signing_key.now
action "atm_rotate_signing_key" "now" {}
