# Terraform 1.11 or newer: a client secret of your own that is in neither state nor
# plan. It can also come from an ephemeral resource.
variable "suite_id" {
  type = string
}

variable "project_id" {
  type = string
}

variable "client_secret" {
  type      = string
  ephemeral = true
}

resource "atm_application" "service" {
  suite_id           = var.suite_id
  project_id         = var.project_id
  name               = "service"
  authenticator_type = "client_credentials"

  client_secret_wo         = var.client_secret
  client_secret_wo_version = 1
}
