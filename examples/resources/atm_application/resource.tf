variable "suite_id" {
  type = string
}

variable "project_id" {
  type = string
}

# A machine that acts for a user. ATM generates the client secret, which is stored
# in the state.
resource "atm_application" "worker" {
  suite_id           = var.suite_id
  project_id         = var.project_id
  name               = "worker"
  authenticator_type = "user_credentials"

  access_token_lifespan = 300

  # A new secret each time the value changes. The previous one stays valid for a day.
  secret_rotation = {
    triggers                   = { quarter = "2026-4" }
    previous_secret_expires_in = 86400
  }
}

# People sign in with a browser, which is then redirected to a redirect URL.
resource "atm_application" "web" {
  suite_id           = var.suite_id
  project_id         = var.project_id
  name               = "web"
  authenticator_type = "authorization_code_pkce"

  redirect_urls   = ["https://app.example.com/callback"]
  allowed_origins = ["https://app.example.com"]

  refresh_token_grace_period = 10
  deletion_protection        = true
}
