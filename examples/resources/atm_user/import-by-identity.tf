# Must exist: the user, and the resource block of atm_user.batch,
# which terraform plan -generate-config-out=generated.tf can write.
# Terraform v1.16.0 to v1.16.2: for a plan with -generate-config-out, add "provider = atm"
# to the block, and remove it before the apply (hashicorp/terraform#39144).
import {
  to = atm_user.batch
  identity = {
    id = "D7aaqWe34vWj_Bd-uuP8N"
  }
}
