import {
  to = atm_user.batch
  id = "batch@example.com"
}
