# By id, or by email address.
terraform import atm_user.batch D7aaqWe34vWj_Bd-uuP8N
terraform import atm_user.batch batch@example.com
