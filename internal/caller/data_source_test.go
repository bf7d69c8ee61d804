package caller_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

func TestCaller_UnderTerraform(t *testing.T) {
	server, h := acctest.Start(t)
	admin := server.Admin()
	it := "data.atm_caller.it"
	known := func(name string, value knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(it, tfjsonpath.New(name), value)
	}
	h.Run(resource.TestStep{
		Config: `data "atm_caller" "it" {}`,
		ConfigStateChecks: []statecheck.StateCheck{
			known("email", knownvalue.StringExact(admin.LoginID)), known("role", knownvalue.StringExact("super_admin")),
			known("client_id", knownvalue.StringExact(admin.ClientID)), known("user_id", acctest.ID()), known("suite_id", acctest.ID()),
			known("project_id", acctest.ID()), known("application_id", acctest.ID()), known("instance_id", acctest.Text(`^[A-Za-z0-9_-]{8,64}$`)),
		},
		ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
	})
}

func TestCaller_IsWhoSignsIn(t *testing.T) {
	_, h := acctest.Start(t)
	suite, err := h.API.CreateSuite(t.Context(), atm.NewIdempotencyKey(), atm.SuiteCreate{Name: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	project, err := h.API.CreateProject(t.Context(), atm.NewIdempotencyKey(), atm.ProjectCreate{Name: "checkout", SuiteId: suite.Id})
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []atm.Role{atm.SuperAdmin, atm.SuiteAdmin, atm.SystemUser} {
		settings := h.As(role, suite.Id, project.Id)
		caller, diags := h.Protocol(settings).ReadData("atm_caller", nil)
		acctest.NoErrors(t, diags)
		for name, want := range map[string]any{
			"email": settings["login_id"], "client_id": settings["client_id"], "role": string(role), "suite_id": suite.Id, "project_id": project.Id,
		} {
			if got := caller.Get(name); got != want {
				t.Errorf("%s: %s is %v, want %v", role, name, got, want)
			}
		}
	}
}

// An ATM without /me says so; the error is not about any object.
func TestCaller_WithoutMe(t *testing.T) {
	server, h := acctest.Start(t)
	server.Fail(testserver.Fault{
		Path: "/api/v1/me", Status: 404, Body: `{"type":"urn:atm:problem:unknown-path","title":"Unknown path","status":404}`,
		Headers: map[string]string{"Content-Type": "application/problem+json"},
	})
	_, diags := h.Protocol(nil).ReadData("atm_caller", nil)
	acctest.WantError(t, diags, "", "ATM does not have this path", "older version", "request id")
	for _, d := range diags {
		if strings.Contains(d.Summary, "No such") {
			t.Errorf("a missing path is taken for a missing object: %s", acctest.Print(d))
		}
	}
}
