import {
  to = atm_application_user.batch
  identity = {
    application_id = "T_1kwjq0gTKGW6-g4O8OF"
    user_id        = "D7aaqWe34vWj_Bd-uuP8N"
  }
}
