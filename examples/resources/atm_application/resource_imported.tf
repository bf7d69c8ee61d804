# Must exist: the project checkout in the suite shop, with the application legacy.
data "atm_project" "checkout" {
  path = "shop/checkout"
}

# The apply that imports the application also rotates its secret once, because
# Terraform does not know the secret. The secret that ATM has now stays valid for a
# day, until its clients have the new one.
import {
  to = atm_application.legacy
  id = "shop/checkout/legacy"
}

resource "atm_application" "legacy" {
  suite_id           = data.atm_project.checkout.suite_id
  project_id         = data.atm_project.checkout.id
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
