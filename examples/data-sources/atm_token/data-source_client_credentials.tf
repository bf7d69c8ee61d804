variable "client_secret" {
  type      = string
  sensitive = true
}

# A token of the application itself, without a user: claims.scope is null.
data "atm_token" "machine" {
  grant_type       = "client_credentials"
  client_id        = "DwSljVC4Ycr5YAv2Qbkf"
  client_secret    = var.client_secret
  minimum_lifetime = 300
}

output "audience" {
  value = data.atm_token.machine.claims.aud # the application's id
}
