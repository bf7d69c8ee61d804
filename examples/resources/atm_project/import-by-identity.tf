import {
  to = atm_project.checkout
  identity = {
    id = "D7aaqWe34vWj_Bd-uuP8N"
  }
}
