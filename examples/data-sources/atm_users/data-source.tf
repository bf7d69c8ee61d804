# Must exist: nothing.
data "atm_users" "all" {}

output "super_admins" {
  value = [for user in data.atm_users.all.users : user.email if user.role == "super_admin"]
}
