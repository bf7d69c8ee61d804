# Must exist: the user, and the resource block of atm_user.batch,
# which terraform plan -generate-config-out=generated.tf can write.
# The import id is the user's id or email address.
import {
  to = atm_user.batch
  id = "batch@example.com"
}
