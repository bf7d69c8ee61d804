package e2e_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
)

// A filter that is wrong is refused before ATM is asked, with its list's place.
func TestQuery_WrongFilter(t *testing.T) {
	needsQuery(t)
	w := open(t, "")
	w.write("all.tfquery.hcl", `
provider "atm" {}
list "atm_project" "all" {
  provider = atm
  config {
    suite_id = "the shop"
  }
}`)
	wantText(t, w.fails("query"), `list "atm_project" "all"`, "suite_id must be the id of a suite, not its name")
	if n := w.server.CountRequests("", "/api/**"); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// Every example of a query is valid separately, and says which Terraform it
// needs.
func TestQuery_ExamplesValidate(t *testing.T) {
	needsQuery(t)
	w := open(t, "")
	examples, err := filepath.Glob("../../examples/list-resources/*/*.tfquery.hcl")
	if err != nil || len(examples) == 0 {
		t.Fatalf("%d examples: %v", len(examples), err)
	}
	for _, example := range examples {
		content, err := os.ReadFile(example)
		if err != nil {
			t.Fatal(err)
		}
		if stated := needs(acctest.FindCLI(t), string(content)); stated == nil || stated.String() != "1.14.0" {
			t.Errorf("%s names %v, want Terraform 1.14", example, stated)
		}
		w.write("example.tfquery.hcl", string(content))
		if out, err := w.try("validate", "-query"); err != nil {
			t.Errorf("%s: %v\n%s", example, err, out)
		}
		// Before 1.15, fmt does not take a .tfquery.hcl; no file of this name is part of a configuration.
		w.write("example.tfvars", string(content))
		if out, err := w.try("fmt", "-check", "-diff", "example.tfvars"); err != nil {
			t.Errorf("%s is not formatted: %v\n%s", example, err, out)
		}
	}
}
