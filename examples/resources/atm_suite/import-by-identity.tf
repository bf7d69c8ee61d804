# Must exist: the suite, and the resource block of atm_suite.shop,
# which terraform plan -generate-config-out=generated.tf can write.
import {
  to = atm_suite.shop
  identity = {
    id = "T_1kwjq0gTKGW6-g4O8OF"
  }
}
