# Terraform 1.11 or newer: a token that a write-only argument stores outside
# Terraform. It has to stay valid after the run, so it is not revoked.
variable "client_secret" {
  type      = string
  ephemeral = true
}

variable "token_version" {
  description = "Raise it to store a new token."
  type        = number
  default     = 1
}

ephemeral "atm_token" "service" {
  grant_type      = "client_credentials"
  client_id       = "DwSljVC4Ycr5YAv2Qbkf"
  client_secret   = var.client_secret
  revoke_on_close = false
}

# Instead of this application, use the write-only argument of a secret store.
resource "atm_application" "store" {
  suite_id                 = "Suite-0123456789abcde"
  project_id               = "Project-0123456789abc"
  name                     = "store"
  authenticator_type       = "client_credentials"
  client_secret_wo         = substr(ephemeral.atm_token.service.access_token, -64, 64)
  client_secret_wo_version = var.token_version
}
