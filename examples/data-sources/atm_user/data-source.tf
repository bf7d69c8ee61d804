# Must exist: the user ada@example.com, and the application worker in the suite shop, project
# checkout.
data "atm_user" "ada" {
  email = "ada@example.com"
}

data "atm_application" "worker" {
  path = "shop/checkout/worker"
}

resource "atm_application_user" "ada" {
  application_id = data.atm_application.worker.id
  user_id        = data.atm_user.ada.id
}
