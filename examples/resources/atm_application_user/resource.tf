# Must exist: the application worker in the suite shop, project checkout, and the user
# batch@example.com.
data "atm_application" "worker" {
  path = "shop/checkout/worker"
}

data "atm_user" "batch" {
  email = "batch@example.com"
}

resource "atm_application_user" "batch" {
  application_id = data.atm_application.worker.id
  user_id        = data.atm_user.batch.id
}
