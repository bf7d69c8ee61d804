import {
  to = atm_application_users.worker
  identity = {
    application_id = "vt3QXSJnAvXGaVj7UgQT4"
  }
}
