import {
  to = atm_application_users.worker
  id = "shop/checkout/worker"
}
