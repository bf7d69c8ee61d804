# Must exist: the application, and the resource block of atm_application.worker,
# which terraform plan -generate-config-out=generated.tf can write.
import {
  to = atm_application.worker
  identity = {
    id = "T_1kwjq0gTKGW6-g4O8OF"
  }
}
