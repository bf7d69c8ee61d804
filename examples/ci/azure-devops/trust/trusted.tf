variable "issuer" {
  type    = string
  default = "https://vstoken.dev.azure.com/ORGANIZATION_ID"
}

locals {
  trusted = [{
    name      = "azure-devops"
    issuer    = var.issuer
    subject   = "p://acme/shop/apply" # organization, project, pipeline
    audience  = "api://AzureADTokenExchange"
    claims    = { org_id = "ORGANIZATION_ID", prj_id = "PROJECT_ID", def_id = "12", rpo_ref = "refs/heads/main" }
    login_ids = [atm_user.deploy.email]
  }]
}
