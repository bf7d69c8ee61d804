package suite_test

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

func config(name string) string {
	return `resource "atm_suite" "it" { name = "` + name + `" }`
}

const it = "atm_suite.it"

func TestSuite_Lifecycle(t *testing.T) {
	server, h := acctest.Start(t)
	name := func(value string) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(it, tfjsonpath.New("name"), knownvalue.StringExact(value))
	}
	h.Run(
		resource.TestStep{
			Config:            config("payments"),
			ConfigStateChecks: []statecheck.StateCheck{name("payments"), statecheck.ExpectKnownValue(it, tfjsonpath.New("id"), acctest.ID())},
		},
		resource.TestStep{
			Config: config("billing"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(it, plancheck.ResourceActionUpdate),
				plancheck.ExpectKnownValue(it, tfjsonpath.New("id"), acctest.ID()),
			}},
			ConfigStateChecks: []statecheck.StateCheck{name("billing")},
		},
		resource.TestStep{ResourceName: it, ImportState: true, ImportStateVerify: true},
		resource.TestStep{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateId: "billing"},
		resource.TestStep{ // changed behind Terraform's back
			PreConfig: func() {
				suite, err := h.API.SuiteNamed(t.Context(), "billing")
				if err != nil {
					t.Fatal(err)
				}
				changed := "changed elsewhere"
				if _, err := h.API.UpdateSuite(t.Context(), suite.Id, "", atm.SuitePatch{Name: &changed}); err != nil {
					t.Fatal(err)
				}
			},
			Config: config("billing"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(it, plancheck.ResourceActionUpdate),
			}},
			ConfigStateChecks: []statecheck.StateCheck{name("billing")},
		},
		resource.TestStep{ // deleted behind Terraform's back
			PreConfig: func() {
				suite, err := h.API.SuiteNamed(t.Context(), "billing")
				if err != nil {
					t.Fatal(err)
				}
				if err := h.API.DeleteSuite(t.Context(), suite.Id, ""); err != nil {
					t.Fatal(err)
				}
			},
			Config: config("billing"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(it, plancheck.ResourceActionCreate),
			}},
			ConfigStateChecks: []statecheck.StateCheck{name("billing")},
		},
	)
	if _, err := h.API.SuiteNamed(t.Context(), "billing"); err == nil {
		t.Error("the suite is still there after destroy")
	}
	_ = server
}
