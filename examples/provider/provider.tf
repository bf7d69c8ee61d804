terraform {
  required_version = ">= 1.8"

  required_providers {
    atm = {
      source  = "tci-pf/atm"
      version = ">= 0.0.1, < 1.0.0"
    }
  }
}

variable "atm_client_secret" {
  type      = string
  sensitive = true
}

# Must exist: an application of the type "User Credentials" with management access, and the
# user that the provider signs in as, assigned to it. Each setting can come from the environment
# instead (ATM_ENDPOINT, ATM_CLIENT_ID, ATM_CLIENT_SECRET, ATM_LOGIN_ID), which
# keeps the secret out of the configuration.
provider "atm" {
  endpoint      = "https://atm.example.com"
  client_id     = "NmN78x6DMfde1XRx9hQg"
  client_secret = var.atm_client_secret
  login_id      = "terraform@example.com"
}
