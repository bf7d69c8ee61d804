import {
  to = atm_suite.shop
  identity = {
    id = "T_1kwjq0gTKGW6-g4O8OF"
  }
}
