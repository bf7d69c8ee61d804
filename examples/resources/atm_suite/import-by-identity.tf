# Must exist: the suite, and the resource block of atm_suite.shop,
# which terraform plan -generate-config-out=generated.tf can write.
# Terraform v1.16.0 to v1.16.2: for a plan with -generate-config-out, add "provider = atm"
# to the block, and remove it before the apply (hashicorp/terraform#39144).
import {
  to = atm_suite.shop
  identity = {
    id = "T_1kwjq0gTKGW6-g4O8OF"
  }
}
