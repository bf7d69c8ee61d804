variable "application_id" {
  type = string
}

variable "project_id" {
  type = string
}

variable "on_leave" {
  type    = set(string)
  default = []
}

data "atm_users" "team" {
  project_id = var.project_id
}

# All users of the project and no others; users on leave are disabled. The next
# apply removes users that are no longer in the list.
resource "atm_application_users" "worker" {
  application_id = var.application_id
  users = [for user in data.atm_users.team.users : {
    user_id = user.id
    enabled = !contains(var.on_leave, user.email)
  }]
}
