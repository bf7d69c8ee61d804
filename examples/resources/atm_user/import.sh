# Must exist: the user, and the resource block of atm_user.batch.
# The import id is the user's id or email address.
terraform import atm_user.batch D7aaqWe34vWj_Bd-uuP8N
terraform import atm_user.batch batch@example.com
