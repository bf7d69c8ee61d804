variable "issuer" {
  type    = string
  default = "https://gitlab.com" # or your own GitLab
}

locals {
  trusted = [{
    name      = "gitlab"
    issuer    = var.issuer
    subject   = "project_path:acme/shop:ref_type:branch:ref:main"
    audience  = var.endpoint
    claims    = { project_id = "4711", ref_protected = "true", environment = "production" }
    login_ids = [atm_user.deploy.email]
  }]
}
