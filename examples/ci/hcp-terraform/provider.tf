# terraform.applying needs Terraform 1.10 or OpenTofu 1.11.
provider "atm" {
  login_id = terraform.applying ? "deploy@example.com" : "reader@example.com"
}
