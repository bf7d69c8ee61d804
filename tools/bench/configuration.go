package main

import "fmt"

const frame = `terraform {
  required_providers {
    atm = { source = "tci-pf/atm" }
  }
}

provider "atm" {}

resource "atm_suite" "bench" {
  name = "bench"
}

resource "atm_project" "bench" {
  name     = "bench"
  suite_id = atm_suite.bench.id
}
`

// applications is a configuration of so many applications.
func applications(count int) string {
	return frame + fmt.Sprintf(`
resource "atm_application" "bench" {
  count = %d

  name               = "application-${count.index}"
  suite_id           = atm_suite.bench.id
  project_id         = atm_project.bench.id
  authenticator_type = "user_credentials"
}
`, count)
}

// assigned is a configuration of so many applications with one user assigned
// to each.
func assigned(count int) string {
	return applications(count) + fmt.Sprintf(`
resource "atm_user" "bench" {
  email      = "bench@example.com"
  first_name = "Bench"
  role       = "system_user"
  suite_id   = atm_suite.bench.id
  project_id = atm_project.bench.id
}

resource "atm_application_user" "bench" {
  count = %d

  application_id = atm_application.bench[count.index].id
  user_id        = atm_user.bench.id
}
`, count)
}

// oneWithUsers is a configuration of one application whose users are one list.
func oneWithUsers(count int) string {
	return applications(1) + fmt.Sprintf(`
resource "atm_user" "bench" {
  count = %d

  email      = "bench-${count.index}@example.com"
  first_name = "Bench"
  role       = "system_user"
  suite_id   = atm_suite.bench.id
  project_id = atm_project.bench.id
}

resource "atm_application_users" "bench" {
  application_id = atm_application.bench[0].id
  users          = [for user in atm_user.bench : { user_id = user.id }]
}
`, count)
}
