# A team with ten applications by for_each, and the users of each.
#
# What must exist before: an ATM, and an application in it that may manage it as a
# super admin. This configuration creates everything else.

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

variable "applications" {
  description = "The users of each application, by name. Add a line for another application."
  type        = map(set(string))
  default = {
    billing   = ["ada@example.com"]
    catalog   = ["ada@example.com"]
    checkout  = ["ada@example.com", "grace@example.com"]
    fraud     = ["grace@example.com"]
    invoices  = ["ada@example.com"]
    ledger    = ["grace@example.com"]
    payouts   = ["ada@example.com", "grace@example.com"]
    refunds   = ["edsger@example.com"]
    reporting = ["edsger@example.com"]
    taxes     = ["edsger@example.com", "grace@example.com"]
  }
}

resource "atm_suite" "payments" {
  name = "team payments"
}

resource "atm_project" "team" {
  suite_id = atm_suite.payments.id
  name     = "applications"
}

# Each user once, although most are at several applications.
resource "atm_user" "team" {
  for_each = toset(flatten(values(var.applications)))

  suite_id   = atm_suite.payments.id
  project_id = atm_project.team.id
  email      = each.key
  first_name = title(split("@", each.key)[0])
  role       = "system_user"
}

resource "atm_application" "team" {
  for_each = var.applications

  suite_id              = atm_suite.payments.id
  project_id            = atm_project.team.id
  name                  = each.key
  authenticator_type    = "user_credentials"
  access_token_lifespan = 600 # seconds
}

# The complete list of an application's users: those who are not in it lose access.
resource "atm_application_users" "team" {
  for_each = var.applications

  application_id = atm_application.team[each.key].id
  users          = [for email in each.value : { user_id = atm_user.team[email].id }]
}

output "client_ids" {
  description = "The client id of each application."
  value       = { for name, application in atm_application.team : name => application.client_id }
}

output "client_secrets" {
  description = "The client secret of each application: terraform output -json client_secrets"
  value       = { for name, application in atm_application.team : name => application.client_secret }
  sensitive   = true
}
