# Terraform 1.11 or newer: a password for the sign-in page that is in neither state
# nor plan.
variable "suite_id" {
  type = string
}

variable "project_id" {
  type = string
}

variable "password" {
  type      = string
  ephemeral = true
}

resource "atm_user" "person" {
  suite_id   = var.suite_id
  project_id = var.project_id
  email      = "grace@example.com"
  first_name = "Grace"
  role       = "system_user"

  password_wo         = var.password
  password_wo_version = 1
}
