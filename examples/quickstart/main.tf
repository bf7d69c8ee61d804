# A suite, a project, an application, a user who may get tokens from it, and a
# token. "make demo" applies this directory as it stands.

terraform {
  required_version = ">= 1.8"

  required_providers {
    atm = {
      source = "tci-pf/atm"
    }
  }
}

# Endpoint and credentials come from the environment: ATM_ENDPOINT,
# ATM_CLIENT_ID, ATM_CLIENT_SECRET and ATM_LOGIN_ID.
provider "atm" {}

# Suites hold projects, projects hold applications and users.
resource "atm_suite" "payments" {
  name = "payments"
}

resource "atm_project" "checkout" {
  suite_id = atm_suite.payments.id
  name     = "checkout"
}

# "user_credentials" lets the application sign in for one of its users with its
# own secret and the user's e-mail, without a password. Such an application has
# no redirect URLs.
resource "atm_application" "worker" {
  suite_id           = atm_suite.payments.id
  project_id         = atm_project.checkout.id
  name               = "worker"
  authenticator_type = "user_credentials"

  # In seconds: short, since a token that leaked works until it expires.
  access_token_lifespan = 600
}

resource "atm_user" "thong" {
  suite_id   = atm_suite.payments.id
  project_id = atm_project.checkout.id
  email      = "admin@gmail.com"
  first_name = "Thong"
  role       = "system_user"
}

# The application issues tokens for the users that are assigned to it, and for
# no others. Destroying removes the assignment first: ATM deletes no application
# that has users.
resource "atm_application_user" "thong" {
  application_id = atm_application.worker.id
  user_id        = atm_user.thong.id
}

# The provider checks the token's signature against ATM's published keys before
# it hands the token out. A data source is read at every plan and its result
# stands in the state; the ephemeral resource of the same name (Terraform 1.10)
# does neither.
data "atm_token" "thong" {
  client_id     = atm_application.worker.client_id
  client_secret = atm_application.worker.client_secret
  login_id      = atm_user.thong.email

  # Nothing above mentions the assignment, but without it there is no token.
  depends_on = [atm_application_user.thong]
}
