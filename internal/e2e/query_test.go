package e2e_test

import (
	"strings"
	"testing"
)

// What `terraform query` finds, in the words of its own page.
const query = `
list "atm_suite" "all" {
  provider         = atm
  include_resource = true
  config { name = "shop" }
}
list "atm_project" "all" {
  provider         = atm
  include_resource = true
  config { name = "checkout" }
}
list "atm_application" "all" {
  provider         = atm
  include_resource = true
  config { suite_id = "SUITE" }
}
list "atm_user" "all" {
  provider         = atm
  include_resource = true
  config { suite_id = "SUITE" }
}
list "atm_application_user" "all" {
  provider         = atm
  include_resource = true
  config { suite_id = "SUITE" }
}
`

// Everything of a suite is found by a query, and the configuration that
// Terraform generates for it plans clean without an edit.
func TestQuery_GeneratedConfigurationPlansClean(t *testing.T) {
	needsQuery(t)
	w := open(t, world+`output "suite" { value = atm_suite.shop.id }`)
	w.must("apply", "-auto-approve")
	suite := strings.TrimSpace(w.must("output", "-raw", "suite"))

	w.write("main.tf", required+`provider "atm" {}`)
	w.write("terraform.tfstate", `{"version":4,"terraform_version":"1.14.0","serial":1,"lineage":"a","outputs":{},"resources":[]}`)
	w.write("all.tfquery.hcl", strings.ReplaceAll(query, "SUITE", suite))
	out := w.must("query", "-generate-config-out=generated.tf")
	wantText(t, out, "shop", "checkout", "worker", "web", "page", "ada@example.com", "bob@example.com")
	w.write("all.tfquery.hcl", "")

	// A suite, a project, four applications, two users and three assignments.
	out = w.must("plan")
	wantText(t, unwrap(out), "11 to import, 0 to add, 0 to change, 0 to destroy")
	out = w.must("apply", "-auto-approve")
	wantText(t, unwrap(out), "11 imported, 0 added, 0 changed, 0 destroyed")
	w.wantNoChanges("with the generated configuration:\n" + w.read("generated.tf"))
}
