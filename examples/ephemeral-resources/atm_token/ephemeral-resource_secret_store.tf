# Must exist: an application of the type client_credentials, and an AWS account. Needs Terraform 1.11 or newer.
# The secret store has the token, state and plan do not. The token has to stay valid after the
# run, so it is not revoked.
terraform {
  required_providers {
    atm = {
      source = "tci-pf/atm"
    }
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

variable "client_secret" {
  type      = string
  ephemeral = true
}

variable "token_version" {
  description = "Raise it to store a new token."
  type        = number
  default     = 1
}

ephemeral "atm_token" "service" {
  grant_type      = "client_credentials"
  client_id       = "DwSljVC4Ycr5YAv2Qbkf"
  client_secret   = var.client_secret
  revoke_on_close = false
}

resource "aws_secretsmanager_secret" "token" {
  name = "atm/token"
}

resource "aws_secretsmanager_secret_version" "token" {
  secret_id                = aws_secretsmanager_secret.token.id
  secret_string_wo         = ephemeral.atm_token.service.access_token
  secret_string_wo_version = var.token_version
}
