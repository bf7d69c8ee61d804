# Must exist: the application, and the resource block of atm_application_users.worker.
# Users who are not in the configuration show as removals in the plan that follows.
# The import id is the application's id, or the names SUITE/PROJECT/APPLICATION.
terraform import atm_application_users.worker vt3QXSJnAvXGaVj7UgQT4
terraform import atm_application_users.worker shop/checkout/worker
