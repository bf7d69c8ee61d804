# What the pipeline applies. Add the backend of its state: a job starts in an empty directory.
terraform {
  required_providers {
    atm = { source = "tci-pf/atm" }
  }
}

data "atm_caller" "this" {}

resource "atm_application" "worker" {
  suite_id           = data.atm_caller.this.suite_id
  project_id         = data.atm_caller.this.project_id
  name               = "worker"
  authenticator_type = "client_credentials"
}
