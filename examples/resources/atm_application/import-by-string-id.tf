# Must exist: the application, and the resource block of atm_application.worker,
# which terraform plan -generate-config-out=generated.tf can write.
# The import id is the application's id, or the names SUITE/PROJECT/APPLICATION.
import {
  to = atm_application.worker
  id = "shop/checkout/worker"
}
