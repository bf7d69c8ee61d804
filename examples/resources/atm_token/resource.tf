# Must exist: an application of the type user_credentials, and a user that is assigned to it
# and enabled.
variable "client_secret" {
  type      = string
  sensitive = true
}

# The token is kept until five minutes before its expiry, and then renewed.
resource "atm_token" "deploy" {
  client_id     = "NmN78x6DMfde1XRx9hQg"
  client_secret = var.client_secret
  login_id      = "admin@gmail.com"
  renew_before  = 300 # less than the application's access_token_lifespan
}

output "token_expires_at" {
  value = atm_token.deploy.expires_at
}
