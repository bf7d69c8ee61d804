import {
  to = atm_application_user.batch
  id = "T_1kwjq0gTKGW6-g4O8OF/D7aaqWe34vWj_Bd-uuP8N"
}
