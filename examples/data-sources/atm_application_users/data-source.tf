# Must exist: the application worker in the suite shop, project checkout.
data "atm_application" "worker" {
  path = "shop/checkout/worker"
}

data "atm_application_users" "of_worker" {
  application_ids = [data.atm_application.worker.id]
}

output "enabled_user_ids" {
  value = [for a in data.atm_application_users.of_worker.application_users : a.user_id if a.enabled]
}
