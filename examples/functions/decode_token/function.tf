# Must exist: nothing but the token, which has a user.
variable "token" {
  description = "The token that a pipeline received."
  type        = string
  sensitive   = true
}

locals {
  # The claims are not verified: use them for a message, not for a decision.
  seen = nonsensitive(provider::atm::decode_token(var.token).unverified_claims)
}

output "token_of" {
  value = "${local.seen.scope.email}, until ${timeadd("1970-01-01T00:00:00Z", "${local.seen.exp}s")}"
}
