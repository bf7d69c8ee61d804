# Must exist: nothing. Needs a super admin, who can create suites.
resource "atm_suite" "shop" {
  name = "shop"
}

resource "atm_project" "checkout" {
  suite_id = atm_suite.shop.id
  name     = "checkout"
}

# A GitHub Actions job signs in with its own OIDC token, so that there is no client secret, in ATM
# and in the state. The environment decides which jobs get such a token; repository_id does
# not change with the repository's name, which somebody else could take.
resource "atm_application" "deploy" {
  suite_id              = atm_suite.shop.id
  project_id            = atm_project.checkout.id
  name                  = "deploy"
  authenticator_type    = "user_credentials"
  client_authentication = "assertion"
  management_access     = true

  federated_credentials = [{
    name      = "production"
    issuer    = "https://token.actions.githubusercontent.com"
    subject   = "repo:octo/shop:environment:production"
    audience  = "https://atm.example.com"
    claims    = { repository_id = "1296269" }
    login_ids = ["deploy@example.com"]
  }]
}

# A service signs its assertions itself (private_key_jwt). Its private key stays where the service runs.
resource "atm_application" "service" {
  suite_id              = atm_suite.shop.id
  project_id            = atm_project.checkout.id
  name                  = "service"
  authenticator_type    = "client_credentials"
  client_authentication = "assertion"

  public_keys = [{
    kid = "2026-07"
    pem = <<-EOT
      -----BEGIN PUBLIC KEY-----
      MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmqIyUH2wwMDXs2sSnxszc4MeffRO
      qd9eZmMlfo+WGCAuwh0uZESsS47UrjNMB06CA2pRC4I81ZsHIQo99a2qSQ==
      -----END PUBLIC KEY-----
    EOT
  }]
}
