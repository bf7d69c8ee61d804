# What ATM makes of it: the user gets a token.
run "project" {
  module {
    source = "./tests/project"
  }
}

run "application" {
  variables {
    suite_id   = run.project.suite_id
    project_id = run.project.project_id
    name       = "worker"
    emails     = ["ada@example.com"]
  }
}

run "token" {
  module {
    source = "./tests/token"
  }
  variables {
    client_id     = run.application.client_id
    client_secret = run.application.client_secret
    audience      = run.application.id
    login_id      = "ada@example.com"
  }
  assert {
    condition     = output.claims.scope.email == "ada@example.com"
    error_message = "The token is of another user."
  }
}
