# A client secret that changes each quarter. The previous one stays valid for a day,
# so that the clients have time to read the new one.
#
# What must exist before: an ATM, and an application in it that may manage it as a
# super admin. This configuration creates everything else.
#
#   terraform apply -var quarter=2027-1   # rotates; repeated, it changes nothing

terraform {
  required_version = ">= 1.8"

  required_providers {
    atm = {
      source  = "tci-pf/atm"
      version = ">= 0.0.1, < 1.0.0"
    }
  }
}

# ATM_ENDPOINT, ATM_CLIENT_ID, ATM_CLIENT_SECRET and ATM_LOGIN_ID.
provider "atm" {}

variable "quarter" {
  description = "Another value rotates the secret."
  type        = string
  default     = "2026-4"
}

resource "atm_suite" "billing" {
  name = "rotation billing"
}

resource "atm_project" "invoices" {
  suite_id = atm_suite.billing.id
  name     = "invoices"
}

resource "atm_application" "invoices" {
  suite_id           = atm_suite.billing.id
  project_id         = atm_project.invoices.id
  name               = "invoices"
  authenticator_type = "client_credentials"

  secret_rotation = {
    triggers                   = { quarter = var.quarter }
    previous_secret_expires_in = 86400 # seconds
  }
}

# With a secret store, use its resource in place of this output.
output "client_secret" {
  description = "The current client secret."
  value       = atm_application.invoices.client_secret
  sensitive   = true
}

output "secret_version" {
  description = "The number of the secret: 1 is the first."
  value       = atm_application.invoices.secret_version
}
