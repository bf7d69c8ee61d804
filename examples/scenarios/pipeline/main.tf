# Terraform 1.10 or newer, OpenTofu 1.11 or newer. A pipeline calls a service with a token that is in neither
# plan nor state, and that the provider revokes at the end of the run.
#
# What must exist before: an ATM, and an application in it that may manage it as a
# super admin; curl where Terraform runs. This configuration creates everything else.

terraform {
  required_version = ">= 1.10"

  required_providers {
    atm = {
      source  = "tci-pf/atm"
      version = ">= 0.0.1, < 1.0.0"
    }
  }
}

# ATM_ENDPOINT, ATM_CLIENT_ID, ATM_CLIENT_SECRET and ATM_LOGIN_ID.
provider "atm" {}

variable "release" {
  description = "What is deployed. Another value calls the service again."
  type        = string
  default     = "1"
}

resource "atm_suite" "shop" {
  name = "pipeline shop"
}

resource "atm_project" "delivery" {
  suite_id = atm_suite.shop.id
  name     = "delivery"
}

resource "atm_application" "deploy" {
  suite_id           = atm_suite.shop.id
  project_id         = atm_project.delivery.id
  name               = "deploy"
  authenticator_type = "user_credentials"

  # The service of this example is ATM's own API. A token for another service needs no such access.
  management_access = true
}

resource "atm_user" "deploy" {
  suite_id   = atm_suite.shop.id
  project_id = atm_project.delivery.id
  email      = "deploy@example.com"
  first_name = "Deploy"
  role       = "system_user"
}

resource "atm_application_user" "deploy" {
  application_id = atm_application.deploy.id
  user_id        = atm_user.deploy.id
}

ephemeral "atm_token" "deploy" {
  client_id     = atm_application.deploy.client_id
  client_secret = atm_application.deploy.client_secret
  login_id      = atm_user.deploy.email

  # No argument above refers to the assignment, but ATM requires it.
  depends_on = [atm_application_user.deploy]
}

resource "terraform_data" "deploy" {
  triggers_replace = [var.release]

  # By a configuration file on standard input: arguments of a process are visible to other users of the machine.
  provisioner "local-exec" {
    command     = "printf 'header = \"Authorization: Bearer %s\"' \"$TOKEN\" | curl --fail --silent --show-error --config - \"$ATM_ENDPOINT/api/v1/me\" --output /dev/null"
    environment = { TOKEN = ephemeral.atm_token.deploy.access_token }
  }
}
