import {
  to = atm_suite.shop
  id = "shop"
}
