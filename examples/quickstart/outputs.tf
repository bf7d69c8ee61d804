output "application_id" {
  description = "Id of the application; the aud of its tokens."
  value       = atm_application.worker.id
}

output "client_id" {
  description = "The client id that the application sends to POST /auth/token."
  value       = atm_application.worker.client_id
}

# The claims that are the same in every token of this user. The token itself
# differs each time: an output of the token would change with every plan.
output "claims" {
  description = "The verified claims of the token."
  value       = data.atm_token.thong.claims
}
