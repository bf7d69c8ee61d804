# Must exist: the application, and the resource block of atm_application_users.worker,
# which terraform plan -generate-config-out=generated.tf can write.
# Terraform v1.16.0 to v1.16.2: for a plan with -generate-config-out, add "provider = atm"
# to the block, and remove it before the apply (hashicorp/terraform#39144).
import {
  to = atm_application_users.worker
  identity = {
    application_id = "vt3QXSJnAvXGaVj7UgQT4"
  }
}
