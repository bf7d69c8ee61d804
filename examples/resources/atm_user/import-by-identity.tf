# Must exist: the user, and the resource block of atm_user.batch,
# which terraform plan -generate-config-out=generated.tf can write.
import {
  to = atm_user.batch
  identity = {
    id = "D7aaqWe34vWj_Bd-uuP8N"
  }
}
