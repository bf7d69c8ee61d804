# Must exist: an application of the type client_credentials. Needs Terraform 1.11 or newer.
# The client secret is in neither state nor plan. The token itself is in the state.
variable "client_secret" {
  type      = string
  ephemeral = true
}

resource "atm_token" "machine" {
  grant_type               = "client_credentials"
  client_id                = "DwSljVC4Ycr5YAv2Qbkf"
  client_secret_wo         = var.client_secret
  client_secret_wo_version = 1
}
