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

# Everyone of the project and nobody else, with the toggle off for those on leave.
# Who is not listed any more is removed by the next apply.
resource "atm_application_users" "worker" {
  application_id = var.application_id
  users = [for user in data.atm_users.team.users : {
    user_id = user.id
    enabled = !contains(var.on_leave, user.email)
  }]
}
