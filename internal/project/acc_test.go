package project_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

const it = "atm_project.it"

func config(suite, name string) string {
	return `
resource "atm_suite" "a" { name = "shop" }
resource "atm_suite" "b" { name = "bank" }
resource "atm_project" "it" {
  suite_id = atm_suite.` + suite + `.id
  name     = "` + name + `"
}`
}

func TestProject_Lifecycle(t *testing.T) {
	_, h := acctest.Start(t)
	find := func(name string) *atm.Project {
		suite, err := h.API.SuiteNamed(t.Context(), "shop")
		if err != nil {
			t.Fatal(err)
		}
		project, err := h.API.ProjectNamed(t.Context(), suite.Id, name)
		if err != nil {
			t.Fatal(err)
		}
		return project
	}
	planned := func(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(it, action)}}
	}
	name := func(value string) []statecheck.StateCheck {
		return []statecheck.StateCheck{statecheck.ExpectKnownValue(it, tfjsonpath.New("name"), knownvalue.StringExact(value))}
	}
	h.Run(
		resource.TestStep{Config: config("a", "checkout"), ConfigStateChecks: name("checkout")},
		resource.TestStep{Config: config("a", "cart"), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate), ConfigStateChecks: name("cart")},
		resource.TestStep{ResourceName: it, ImportState: true, ImportStateVerify: true},
		resource.TestStep{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateId: "shop/cart"},
		resource.TestStep{ // changed behind Terraform's back
			PreConfig: func() {
				other := "other"
				if _, err := h.API.UpdateProject(t.Context(), find("cart").Id, "", atm.ProjectPatch{Name: &other}); err != nil {
					t.Fatal(err)
				}
			},
			Config: config("a", "cart"), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate), ConfigStateChecks: name("cart"),
		},
		resource.TestStep{ // deleted behind Terraform's back
			PreConfig: func() {
				if err := h.API.DeleteProject(t.Context(), find("cart").Id, ""); err != nil {
					t.Fatal(err)
				}
			},
			Config: config("a", "cart"), ConfigPlanChecks: planned(plancheck.ResourceActionCreate), ConfigStateChecks: name("cart"),
		},
		resource.TestStep{Config: config("b", "cart"), ConfigPlanChecks: planned(plancheck.ResourceActionReplace)},
	)
}

func TestProject_BadInput(t *testing.T) {
	_, h := acctest.Start(t)
	p := h.Protocol(nil)
	suite, err := h.API.CreateSuite(t.Context(), atm.NewIdempotencyKey(), atm.SuiteCreate{Name: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	project := p.New("atm_project")
	acctest.NoErrors(t, p.Apply(project, map[string]any{"suite_id": suite.Id, "name": "checkout"}))

	acctest.WantError(t, p.Apply(p.New("atm_project"), map[string]any{"suite_id": suite.Id, "name": "checkout"}),
		"name", "taken", "import {", "to = atm_project.example", project.Get("id").(string))
	acctest.WantError(t, p.Apply(p.New("atm_project"), map[string]any{"suite_id": "none", "name": "cart"}), "suite_id")
	acctest.WantError(t, p.Validate("atm_project", map[string]any{"suite_id": "x", "name": "a/b"}), "name", "/")
	acctest.WantError(t, p.Validate("atm_project", map[string]any{"suite_id": "", "name": "a"}), "suite_id")

	for id, want := range map[string]string{
		"a/b/c":     "SUITE/PROJECT",
		"shop/none": `no project "none"`,
		"none/cart": `no suite "none"`,
		"NoSuchId":  "SUITE/PROJECT",
	} {
		_, diags := p.Import("atm_project", id, nil)
		acctest.WantError(t, diags, "", want)
	}
	if _, diags := p.Import("atm_project", "", map[string]string{"id": project.Get("id").(string)}); acctest.HasErrors(diags) {
		t.Errorf("import by identity: %v", diags)
	}
}
