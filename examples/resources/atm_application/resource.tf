# Must exist: nothing. Needs a super admin, who can create suites.
resource "atm_suite" "shop" {
  name = "shop"
}

resource "atm_project" "checkout" {
  suite_id = atm_suite.shop.id
  name     = "checkout"
}

# A machine that acts for a user. ATM generates the client secret, which is stored
# in the state.
resource "atm_application" "worker" {
  suite_id           = atm_suite.shop.id
  project_id         = atm_project.checkout.id
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
  suite_id           = atm_suite.shop.id
  project_id         = atm_project.checkout.id
  name               = "web"
  authenticator_type = "authorization_code_pkce"

  redirect_urls   = ["https://app.example.com/callback"]
  allowed_origins = ["https://app.example.com"]

  refresh_token_grace_period = 10

  # Terraform then refuses to destroy or replace the application.
  # deletion_protection = true
}
