import {
  to = atm_application.worker
  id = "shop/checkout/worker"
}
