# Must exist: the application worker in the suite shop, project checkout, without users
# who are not in that project.
variable "on_leave" {
  description = "Email addresses of users who get no tokens for now."
  type        = set(string)
  default     = []
}

data "atm_application" "worker" {
  path = "shop/checkout/worker"
}

data "atm_users" "team" {
  project_id = data.atm_application.worker.project_id
}

# All users of the project and no others; users on leave are disabled. The next
# apply removes users that are no longer in the list.
resource "atm_application_users" "worker" {
  application_id = data.atm_application.worker.id
  users = [for user in data.atm_users.team.users : {
    user_id = user.id
    enabled = !contains(var.on_leave, user.email)
  }]
}
