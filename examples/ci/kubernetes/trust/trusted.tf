variable "issuer" {
  type    = string
  default = "https://oidc.example.com/cluster"
}

locals {
  trusted = [{
    name      = "kubernetes"
    issuer    = var.issuer
    subject   = "system:serviceaccount:payments:terraform"
    audience  = var.endpoint
    login_ids = [atm_user.deploy.email]
  }]
}
