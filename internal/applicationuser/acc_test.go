package applicationuser_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

const it = "atm_application_user.it"

func config(user, more string) string {
	return fmt.Sprintf(`
resource "atm_suite" "shop" { name = "shop" }
resource "atm_project" "a" {
  suite_id = atm_suite.shop.id
  name     = "a"
}
resource "atm_application" "worker" {
  suite_id           = atm_suite.shop.id
  project_id         = atm_project.a.id
  name               = "worker"
  authenticator_type = "user_credentials"
}
resource "atm_user" "ada" {
  suite_id   = atm_suite.shop.id
  project_id = atm_project.a.id
  email      = "ada@example.com"
  first_name = "ada"
  role       = "system_user"
}
resource "atm_user" "bob" {
  suite_id   = atm_suite.shop.id
  project_id = atm_project.a.id
  email      = "bob@example.com"
  first_name = "bob"
  role       = "system_user"
}
resource "atm_application_user" "it" {
  application_id = atm_application.worker.id
  user_id        = atm_user.%s.id
  %s
}`, user, more)
}

// The destroy at the end is in the right order without depends_on: ATM
// refuses to delete an application that has users.
func TestApplicationUser_Lifecycle(t *testing.T) {
	_, h := acctest.Start(t)
	only := func() atm.ApplicationUser {
		name := "worker"
		apps, err := h.API.Applications(t.Context(), atm.ListApplicationsParams{Name: &name})
		if err != nil || len(apps) != 1 {
			t.Fatalf("%d applications: %v", len(apps), err)
		}
		ids := []string{apps[0].Id}
		users, err := h.API.ApplicationUsers(t.Context(), atm.ListApplicationUsersParams{ApplicationIds: &ids})
		if err != nil || len(users) != 1 {
			t.Fatalf("%d assignments: %v", len(users), err)
		}
		return users[0]
	}
	enabled := func(want bool) []statecheck.StateCheck {
		return []statecheck.StateCheck{statecheck.ExpectKnownValue(it, tfjsonpath.New("enabled"), knownvalue.Bool(want))}
	}
	importID := func(state *terraform.State) (string, error) {
		attributes := state.RootModule().Resources[it].Primary.Attributes
		return attributes["application_id"] + "/" + attributes["user_id"], nil
	}
	same := statecheck.CompareValue(compare.ValuesSame())
	composed := func(checks []statecheck.StateCheck) []statecheck.StateCheck {
		return append(checks, same.AddStateValue(it, tfjsonpath.New("id")),
			statecheck.ExpectKnownValue(it, tfjsonpath.New("id"), knownvalue.StringFunc(func(id string) error {
				if a := only(); id != a.ApplicationId+"/"+a.UserId {
					return fmt.Errorf("the id is %q", id)
				}
				return nil
			})))
	}
	h.Run(
		resource.TestStep{Config: config("ada", ""), ConfigStateChecks: composed(enabled(true))},
		resource.TestStep{
			Config: config("ada", "enabled = false"), ConfigPlanChecks: acctest.Planned(it, plancheck.ResourceActionUpdate),
			ConfigStateChecks: composed(enabled(false)),
		},
		resource.TestStep{
			ResourceName: it, ImportState: true, ImportStateIdFunc: importID, ImportStateVerify: true,
			ImportStateVerifyIdentifierAttribute: "id",
		},
		resource.TestStep{
			ResourceName: it, ImportState: true, ImportStateId: "shop/a/worker/ada@example.com", ImportStateVerify: true,
			ImportStateVerifyIdentifierAttribute: "id",
		},
		resource.TestStep{ // changed behind Terraform's back
			PreConfig: func() {
				a := only()
				if _, err := h.API.UpdateApplicationUser(t.Context(), a.ApplicationId, a.UserId, "", atm.ApplicationUserPut{Enabled: new(true)}); err != nil {
					t.Fatal(err)
				}
			},
			Config:           config("ada", "enabled = false"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{acctest.ExpectChanges(it, "enabled")}},
		},
		resource.TestStep{ // removed behind Terraform's back
			PreConfig: func() {
				a := only()
				if err := h.API.UnassignUser(t.Context(), a.ApplicationId, a.UserId, ""); err != nil {
					t.Fatal(err)
				}
			},
			Config: config("ada", ""), ConfigPlanChecks: acctest.Planned(it, plancheck.ResourceActionCreate), ConfigStateChecks: enabled(true),
		},
		resource.TestStep{Config: config("bob", ""), ConfigPlanChecks: acctest.Planned(it, plancheck.ResourceActionReplace)},
	)
}

// world is an application of the type and a user, made behind Terraform's back.
func world(t *testing.T, h *acctest.Harness, flow atm.AuthenticatorType) map[string]any {
	t.Helper()
	ctx := t.Context()
	suite, err := h.API.CreateSuite(ctx, atm.NewIdempotencyKey(), atm.SuiteCreate{Name: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	project, err := h.API.CreateProject(ctx, atm.NewIdempotencyKey(), atm.ProjectCreate{Name: "a", SuiteId: suite.Id})
	if err != nil {
		t.Fatal(err)
	}
	app, err := h.API.CreateApplication(ctx, atm.NewIdempotencyKey(), atm.ApplicationCreate{
		Name: "worker", SuiteId: suite.Id, ProjectId: project.Id, AuthenticatorType: flow,
	})
	if err != nil {
		t.Fatal(err)
	}
	user, err := h.API.CreateUser(ctx, atm.NewIdempotencyKey(), atm.UserCreate{
		Email: "ada@example.com", FirstName: "Ada", Role: atm.SystemUser, SuiteId: suite.Id, ProjectId: project.Id,
	})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"application_id": app.Id, "user_id": user.Id}
}

func TestApplicationUser_BadInput(t *testing.T) {
	_, h := acctest.Start(t)
	p, config := h.Protocol(nil), world(t, h, atm.UserCredentials)
	acctest.WantError(t, p.Apply(p.New("atm_application_user"), acctest.With(config, "user_id", "none")), "user_id")
	acctest.WantError(t, p.Validate("atm_application_user", acctest.With(config, "application_id", "")), "application_id")
	for _, id := range []string{
		"one", "a/b/c", "/b", "a/", "shop/a/app/", "shop//app/u@example.com", "shop/a/none/u@example.com", "shop/a/app/nobody/x@example.com",
	} {
		_, diags := p.Import("atm_application_user", id, nil)
		acctest.WantError(t, diags, "", "APPLICATION_ID/USER_ID, or SUITE/PROJECT/APPLICATION/EMAIL")
	}
	_, diags := p.Import("atm_application_user", "none/none", nil)
	acctest.WantError(t, diags, "", "No atm_application_user to import", "APPLICATION_ID/USER_ID")

	assignment := p.New("atm_application_user")
	acctest.NoErrors(t, p.Apply(assignment, config))
	pair := config["application_id"].(string) + "/" + config["user_id"].(string)
	acctest.WantError(t, p.Apply(p.New("atm_application_user"), config), "", "already assigned", "import {", pair)
	if _, diags := p.Import("atm_application_user", "", map[string]string{
		"application_id": config["application_id"].(string), "user_id": config["user_id"].(string),
	}); acctest.HasErrors(diags) {
		t.Errorf("import by identity: %s", acctest.Print(diags[0]))
	}
}

func TestApplicationUser_ToggleIsForUserCredentialsOnly(t *testing.T) {
	_, h := acctest.Start(t)
	p, config := h.Protocol(nil), world(t, h, atm.ClientCredentials)
	acctest.WantError(t, p.Apply(p.New("atm_application_user"), acctest.With(config, "enabled", false)), "enabled")
}
