# Must exist: nothing.
data "atm_applications" "people_sign_in_to" {
  authenticator_type = "authorization_code"
}

# Applications that should move to PKCE (RFC 9700 §2.1.1).
output "without_pkce" {
  value = data.atm_applications.people_sign_in_to.applications[*].name
}
