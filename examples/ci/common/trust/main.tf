# Applied once by a super admin. The pipeline then needs no secret.
terraform {
  required_providers {
    atm = { source = "tci-pf/atm" }
  }
}

variable "endpoint" {
  type        = string
  description = "ATM's URL without a final slash, such as https://atm.example.com. It is also the audience of the tokens."
}

resource "atm_suite" "payments" {
  name = "payments"
}

resource "atm_project" "checkout" {
  suite_id = atm_suite.payments.id
  name     = "checkout"
}

# The user that the pipeline acts as. A suite admin cannot leave its suite.
resource "atm_user" "deploy" {
  suite_id   = atm_suite.payments.id
  project_id = atm_project.checkout.id
  email      = "deploy@example.com"
  first_name = "Deploy"
  role       = "suite_admin"
}

resource "atm_application" "pipeline" {
  suite_id              = atm_suite.payments.id
  project_id            = atm_project.checkout.id
  name                  = "pipeline"
  authenticator_type    = "user_credentials"
  management_access     = true
  client_authentication = "assertion"
  federated_credentials = local.trusted # trusted.tf
}

resource "atm_application_user" "deploy" {
  application_id = atm_application.pipeline.id
  user_id        = atm_user.deploy.id
}

# The variables of the pipeline. None is a secret.
output "ATM_ENDPOINT" { value = var.endpoint }
output "ATM_CLIENT_ID" { value = atm_application.pipeline.client_id }
output "ATM_LOGIN_ID" { value = atm_user.deploy.email }
