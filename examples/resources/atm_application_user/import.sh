# By the ids APPLICATION_ID/USER_ID, or by names and the email address.
terraform import atm_application_user.batch T_1kwjq0gTKGW6-g4O8OF/D7aaqWe34vWj_Bd-uuP8N
terraform import atm_application_user.batch shop/checkout/worker/batch@example.com
