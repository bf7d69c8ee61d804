variable "issuer" {
  type    = string
  default = "https://token.actions.githubusercontent.com" # GitHub Enterprise Server: https://HOST/_services/token
}

locals {
  trusted = [
    {
      name      = "github"
      issuer    = var.issuer
      subject   = "repo:octo/shop:environment:production"
      audience  = var.endpoint
      claims    = { repository_id = "123456" }
      login_ids = [atm_user.deploy.email]
    },
    { # the same job, if the repository was created, renamed or moved since 2026-07-15
      name      = "github-ids"
      issuer    = var.issuer
      subject   = "repo:octo@7890/shop@123456:environment:production"
      audience  = var.endpoint
      claims    = { repository_id = "123456" }
      login_ids = [atm_user.deploy.email]
    },
  ]
}
