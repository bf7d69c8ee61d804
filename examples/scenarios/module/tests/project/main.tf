# What the module expects: a suite and a project.

terraform {
  required_version = ">= 1.8"

  required_providers {
    atm = {
      source  = "tci-pf/atm"
      version = ">= 0.0.1, < 1.0.0"
    }
  }
}

resource "atm_suite" "this" {
  name = "module test"
}

resource "atm_project" "this" {
  suite_id = atm_suite.this.id
  name     = "module test"
}

output "suite_id" {
  description = "The suite."
  value       = atm_suite.this.id
}

output "project_id" {
  description = "The project, in that suite."
  value       = atm_project.this.id
}
