# Must exist: the assignment, and the resource block of atm_application_user.batch,
# which terraform plan -generate-config-out=generated.tf can write.
# Terraform v1.16.0 to v1.16.2: for a plan with -generate-config-out, add "provider = atm"
# to the block, and remove it before the apply (hashicorp/terraform#39144).
# The import id is APPLICATION_ID/USER_ID, or SUITE/PROJECT/APPLICATION/EMAIL by names and the email address.
import {
  to = atm_application_user.batch
  id = "T_1kwjq0gTKGW6-g4O8OF/D7aaqWe34vWj_Bd-uuP8N"
}
