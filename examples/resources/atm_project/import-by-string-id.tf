# Must exist: the project, and the resource block of atm_project.checkout,
# which terraform plan -generate-config-out=generated.tf can write.
# Terraform v1.16.0 to v1.16.2: for a plan with -generate-config-out, add "provider = atm"
# to the block, and remove it before the apply (hashicorp/terraform#39144).
# The import id is the project's id, or the names SUITE/PROJECT.
import {
  to = atm_project.checkout
  id = "shop/checkout"
}
