# Must exist: the application, and the resource block of atm_application_users.worker,
# which terraform plan -generate-config-out=generated.tf can write.
# The import id is the application's id, or the names SUITE/PROJECT/APPLICATION.
import {
  to = atm_application_users.worker
  id = "shop/checkout/worker"
}
