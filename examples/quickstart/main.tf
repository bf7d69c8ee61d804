# A suite, a project, an application, a user who can get tokens of it, and a
# token. "make demo" applies this directory without changes.

terraform {
  required_version = ">= 1.8"

  required_providers {
    atm = {
      source  = "tci-pf/atm"
      version = ">= 0.0.1, < 1.0.0"
    }
  }
}

# Endpoint and credentials come from the environment: ATM_ENDPOINT,
# ATM_CLIENT_ID, ATM_CLIENT_SECRET and ATM_LOGIN_ID.
provider "atm" {}

# A suite contains projects, and a project contains applications and users.
resource "atm_suite" "payments" {
  name = "payments"
}

resource "atm_project" "checkout" {
  suite_id = atm_suite.payments.id
  name     = "checkout"
}

# With "user_credentials" the application signs in for one of its users with its
# own secret and the user's email address, without a password. Such an application has
# no redirect URLs.
resource "atm_application" "worker" {
  suite_id           = atm_suite.payments.id
  project_id         = atm_project.checkout.id
  name               = "worker"
  authenticator_type = "user_credentials"

  # In seconds. Short, because a leaked token is valid until it expires.
  access_token_lifespan = 600
}

resource "atm_user" "thong" {
  suite_id   = atm_suite.payments.id
  project_id = atm_project.checkout.id
  email      = "admin@gmail.com"
  first_name = "Thong"
  role       = "system_user"
}

# ATM issues tokens of the application only for users that are assigned to it.
# A destroy removes the assignment first, because ATM does not delete an
# application that has users.
resource "atm_application_user" "thong" {
  application_id = atm_application.worker.id
  user_id        = atm_user.thong.id
}

# The provider verifies the token's signature with ATM's published keys before it
# returns the token. Terraform reads a data source at every plan and stores its
# result in the state. The ephemeral resource of the same name (Terraform 1.10) is
# not stored.
data "atm_token" "thong" {
  client_id     = atm_application.worker.client_id
  client_secret = atm_application.worker.client_secret
  login_id      = atm_user.thong.email

  # No argument above refers to the assignment, but ATM requires it.
  depends_on = [atm_application_user.thong]
}
