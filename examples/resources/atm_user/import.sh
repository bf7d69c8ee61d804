# By id, or by e-mail.
terraform import atm_user.batch D7aaqWe34vWj_Bd-uuP8N
terraform import atm_user.batch batch@example.com
