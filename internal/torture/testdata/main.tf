# Every resource once. A change of v updates each.
terraform {
  required_providers {
    atm = { source = "tci-pf/atm" }
  }
}

variable "v" {
  type    = number
  default = 1
}

resource "atm_suite" "it" {
  name = "suite ${var.v}"
}

resource "atm_project" "it" {
  suite_id = atm_suite.it.id
  name     = "project ${var.v}"
}

resource "atm_application" "machine" {
  suite_id           = atm_suite.it.id
  project_id         = atm_project.it.id
  name               = "machine ${var.v}"
  authenticator_type = "client_credentials"
  secret_rotation = {
    triggers                   = { at = var.v }
    previous_secret_expires_in = 3600
    on_unknown_secret          = "rotate" # after the import that follows a kill
  }
}

resource "atm_application" "people" {
  suite_id                 = atm_suite.it.id
  project_id               = atm_project.it.id
  name                     = "people ${var.v}"
  authenticator_type       = "user_credentials"
  client_secret_wo         = "secret-${var.v}-Zq4vT8wLk2Rn6XcBh0JyMf5Ue"
  client_secret_wo_version = var.v
}

resource "atm_application" "list" {
  suite_id           = atm_suite.it.id
  project_id         = atm_project.it.id
  name               = "list ${var.v}"
  authenticator_type = "user_credentials"
}

resource "atm_user" "it" {
  suite_id            = atm_suite.it.id
  project_id          = atm_project.it.id
  email               = "it@example.com"
  first_name          = "It ${var.v}"
  role                = "system_user"
  password_wo         = "correct horse ${var.v}"
  password_wo_version = var.v
}

resource "atm_application_user" "it" {
  application_id = atm_application.people.id
  user_id        = atm_user.it.id
  enabled        = var.v == 1
}

resource "atm_application_users" "it" {
  application_id = atm_application.list.id
  users          = [{ user_id = atm_user.it.id, enabled = var.v == 1 }]
}

resource "atm_token" "it" {
  client_id     = atm_application.machine.client_id
  client_secret = atm_application.machine.client_secret
  grant_type    = "client_credentials"
}
