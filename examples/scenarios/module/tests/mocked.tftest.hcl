# What the module plans and refuses, without an ATM.
mock_provider "atm" {}

variables {
  suite_id   = "Suite-0123456789abcde"
  project_id = "Project-0123456789abc"
  name       = "worker"
  emails     = ["ada@example.com", "grace@example.com"]
}

run "each_user_is_assigned" {
  command = plan

  assert {
    condition     = length(atm_application_user.this) == 2
    error_message = "Not every user is assigned."
  }
  assert {
    condition     = atm_user.this["ada@example.com"].role == "system_user"
    error_message = "A user has more rights than getting tokens."
  }
}

run "without_users_it_is_refused" {
  command = plan

  variables {
    emails = []
  }
  expect_failures = [var.emails]
}
