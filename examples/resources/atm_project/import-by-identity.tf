# Must exist: the project, and the resource block of atm_project.checkout,
# which terraform plan -generate-config-out=generated.tf can write.
import {
  to = atm_project.checkout
  identity = {
    id = "D7aaqWe34vWj_Bd-uuP8N"
  }
}
