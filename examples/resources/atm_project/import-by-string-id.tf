import {
  to = atm_project.checkout
  id = "shop/checkout"
}
