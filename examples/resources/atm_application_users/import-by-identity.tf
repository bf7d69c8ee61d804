# Must exist: the application, and the resource block of atm_application_users.worker,
# which terraform plan -generate-config-out=generated.tf can write.
import {
  to = atm_application_users.worker
  identity = {
    application_id = "vt3QXSJnAvXGaVj7UgQT4"
  }
}
