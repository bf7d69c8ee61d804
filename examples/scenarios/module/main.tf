# A reusable module: an application with the users that may get its tokens.
#
# What must exist before: an ATM; the suite and the project, whose ids are arguments;
# and a provider block in the configuration that uses the module.
#
#   terraform test -filter=tests/mocked.tftest.hcl   # without an ATM
#   atm-testserver exec -- terraform test            # both files, with a server that lives as long as the command

terraform {
  required_version = ">= 1.8"

  required_providers {
    atm = {
      source  = "tci-pf/atm"
      version = ">= 0.0.1, < 1.0.0"
    }
  }
}

variable "suite_id" {
  description = "The suite of the application."
  type        = string
}

variable "project_id" {
  description = "The project of the application, in that suite."
  type        = string
}

variable "name" {
  description = "The name of the application, unique in the project."
  type        = string
}

variable "emails" {
  description = "The users that may get tokens of the application."
  type        = set(string)

  validation {
    condition     = length(var.emails) > 0
    error_message = "Without a user, nobody gets a token: name one."
  }
}

resource "atm_application" "this" {
  suite_id              = var.suite_id
  project_id            = var.project_id
  name                  = var.name
  authenticator_type    = "user_credentials"
  access_token_lifespan = 300 # seconds
}

resource "atm_user" "this" {
  for_each = var.emails

  suite_id   = var.suite_id
  project_id = var.project_id
  email      = each.key
  first_name = split("@", each.key)[0]
  role       = "system_user"
}

resource "atm_application_user" "this" {
  for_each = var.emails

  application_id = atm_application.this.id
  user_id        = atm_user.this[each.key].id
}

output "id" {
  description = "The application's id, which is the audience of its tokens."
  value       = atm_application.this.id
}

output "client_id" {
  description = "The application's client id."
  value       = atm_application.this.client_id
}

output "client_secret" {
  description = "The application's client secret."
  value       = atm_application.this.client_secret
  sensitive   = true

  # Who reads it can get a token: the assignments exist.
  depends_on = [atm_application_user.this]
}
