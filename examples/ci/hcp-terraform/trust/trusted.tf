variable "issuer" {
  type    = string
  default = "https://app.terraform.io" # or your Terraform Enterprise
}

resource "atm_user" "reader" {
  suite_id   = atm_suite.payments.id
  project_id = atm_project.checkout.id
  email      = "reader@example.com"
  first_name = "Reader"
  role       = "system_user" # reads its project
}

resource "atm_application_user" "reader" {
  application_id = atm_application.pipeline.id
  user_id        = atm_user.reader.id
}

locals {
  trusted = [for phase, login in { plan = atm_user.reader.email, apply = atm_user.deploy.email } : {
    name      = "hcp-${phase}"
    issuer    = var.issuer
    subject   = "organization:acme:project:payments:workspace:shop:run_phase:${phase}"
    audience  = var.endpoint
    claims    = { terraform_workspace_id = "ws-4711" }
    login_ids = [login]
  }]
}
