# Must exist: the suite, and the resource block of atm_suite.shop,
# which terraform plan -generate-config-out=generated.tf can write.
# Terraform v1.16.0 to v1.16.2: for a plan with -generate-config-out, add "provider = atm"
# to the block, and remove it before the apply (hashicorp/terraform#39144).
# The import id is the suite's id or its name.
import {
  to = atm_suite.shop
  id = "shop"
}
