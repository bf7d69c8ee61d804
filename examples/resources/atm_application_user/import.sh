# Must exist: the assignment, and the resource block of atm_application_user.batch.
# The import id is APPLICATION_ID/USER_ID, or SUITE/PROJECT/APPLICATION/EMAIL by names and the email address.
terraform import atm_application_user.batch T_1kwjq0gTKGW6-g4O8OF/D7aaqWe34vWj_Bd-uuP8N
terraform import atm_application_user.batch shop/checkout/worker/batch@example.com
