# Must exist: the project, and the resource block of atm_project.checkout,
# which terraform plan -generate-config-out=generated.tf can write.
# The import id is the project's id, or the names SUITE/PROJECT.
import {
  to = atm_project.checkout
  id = "shop/checkout"
}
