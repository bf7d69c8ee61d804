# A verified token of the application that the test created.

terraform {
  required_version = ">= 1.8"

  required_providers {
    atm = {
      source  = "tci-pf/atm"
      version = ">= 0.0.1, < 1.0.0"
    }
  }
}

variable "client_id" {
  description = "The application's client id."
  type        = string
}

variable "client_secret" {
  description = "The application's client secret."
  type        = string
  sensitive   = true
}

variable "login_id" {
  description = "The user's email address."
  type        = string
}

variable "audience" {
  description = "The application's id."
  type        = string
}

data "atm_token" "this" {
  client_id     = var.client_id
  client_secret = var.client_secret
  login_id      = var.login_id
  audience      = var.audience
}

output "claims" {
  description = "The verified claims of the token."
  value       = data.atm_token.this.claims
}
