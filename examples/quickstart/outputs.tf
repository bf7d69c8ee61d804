output "application_id" {
  description = "Id of the application; the aud of its tokens."
  value       = atm_application.worker.id
}

output "client_id" {
  description = "What the application calls itself at POST /auth/token."
  value       = atm_application.worker.client_id
}

# The claims that are the same in every token of this user. The token itself
# differs each time: an output that holds it would change with every plan.
output "claims" {
  description = "The verified claims of the token."
  value       = data.atm_token.thong.claims
}
