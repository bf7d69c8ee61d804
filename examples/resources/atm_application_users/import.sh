# By the application's id, or by the names SUITE/PROJECT/APPLICATION. Users who are not in the configuration show as
# removals in the plan that follows.
terraform import atm_application_users.worker vt3QXSJnAvXGaVj7UgQT4
terraform import atm_application_users.worker shop/checkout/worker
