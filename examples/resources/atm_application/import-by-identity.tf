import {
  to = atm_application.worker
  identity = {
    id = "T_1kwjq0gTKGW6-g4O8OF"
  }
}
