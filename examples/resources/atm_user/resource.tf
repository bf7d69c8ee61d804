variable "suite_id" {
  type = string
}

variable "project_id" {
  type = string
}

# A user of the User Credentials Flow needs no password.
resource "atm_user" "batch" {
  suite_id   = var.suite_id
  project_id = var.project_id
  email      = "batch@example.com"
  first_name = "Batch"
  role       = "system_user"
}

# A destroy only disables this user, whose id stays the same.
resource "atm_user" "admin" {
  suite_id   = var.suite_id
  project_id = var.project_id
  email      = "ada@example.com"
  first_name = "Ada"
  last_name  = "Lovelace"
  role       = "suite_admin"
  on_destroy = "disable"
}
