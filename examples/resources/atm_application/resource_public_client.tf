# Must exist: nothing. Needs a super admin, who can create suites.
resource "atm_suite" "shop" {
  name = "shop"
}

resource "atm_project" "checkout" {
  suite_id = atm_suite.shop.id
  name     = "checkout"
}

# A single-page application cannot keep a secret, so it has none, in ATM and in the
# state. People sign in with PKCE.
resource "atm_application" "page" {
  suite_id              = atm_suite.shop.id
  project_id            = atm_project.checkout.id
  name                  = "page"
  authenticator_type    = "authorization_code_pkce"
  client_authentication = "none"

  redirect_urls   = ["https://shop.example.com/callback"]
  allowed_origins = ["https://shop.example.com"]
}

# The API that the page calls. It introspects the page's tokens, which are those of another
# application of its suite.
resource "atm_application" "api" {
  suite_id             = atm_suite.shop.id
  project_id           = atm_project.checkout.id
  name                 = "api"
  authenticator_type   = "client_credentials"
  introspection_access = true
}
