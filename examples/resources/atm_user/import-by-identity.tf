import {
  to = atm_user.batch
  identity = {
    id = "D7aaqWe34vWj_Bd-uuP8N"
  }
}
