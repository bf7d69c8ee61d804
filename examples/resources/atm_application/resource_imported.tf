# An existing application. The apply that imports it also rotates its secret
# once, because Terraform does not know the secret. The secret that ATM has now stays
# valid for a day, until its clients have the new one.
import {
  to = atm_application.legacy
  id = "shop/checkout/legacy"
}

resource "atm_application" "legacy" {
  suite_id           = "Suite-0123456789abcde"
  project_id         = "Project-0123456789abc"
  name               = "legacy"
  authenticator_type = "client_credentials"

  secret_rotation = {
    on_unknown_secret          = "rotate"
    previous_secret_expires_in = 86400
  }
}

output "legacy_client_secret" {
  value     = atm_application.legacy.client_secret
  sensitive = true
}
