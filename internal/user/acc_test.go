package user_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

const it = "atm_user.it"

func config(email, role, place, more string) string {
	return fmt.Sprintf(`
resource "atm_suite" "a" { name = "a" }
resource "atm_suite" "b" { name = "b" }
resource "atm_project" "a" {
  suite_id = atm_suite.a.id
  name     = "p"
}
resource "atm_project" "b" {
  suite_id = atm_suite.b.id
  name     = "p"
}
resource "atm_user" "it" {
  email      = %[1]q
  role       = %[2]q
  suite_id   = atm_suite.%[3]s.id
  project_id = atm_project.%[3]s.id
  %[4]s
}`, email, role, place, more)
}

func value(name string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(it, tfjsonpath.New(name), check)
}

func TestUser_Lifecycle(t *testing.T) {
	_, h := acctest.Start(t)
	find := func() *atm.User {
		user, err := h.API.UserWithEmail(t.Context(), "grace@example.com")
		if err != nil {
			t.Fatal(err)
		}
		return user
	}
	h.Run(
		resource.TestStep{
			Config: config("Ada@Example.com", "system_user", "a", `first_name = "Ada"`),
			ConfigStateChecks: []statecheck.StateCheck{
				value("id", acctest.ID()), value("email", knownvalue.StringExact("Ada@Example.com")), value("last_name", knownvalue.StringExact("")),
				value("enabled", knownvalue.Bool(true)), value("on_destroy", knownvalue.StringExact("delete")), value("deletion_protection", knownvalue.Bool(false)),
			},
		},
		resource.TestStep{
			Config: config("grace@example.com", "suite_admin", "b", `
  first_name = "Grace"
  last_name  = "Hopper"
  enabled    = false`),
			ConfigPlanChecks: acctest.Planned(it, plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{
				value("email", knownvalue.StringExact("grace@example.com")), value("first_name", knownvalue.StringExact("Grace")),
				value("last_name", knownvalue.StringExact("Hopper")), value("role", knownvalue.StringExact("suite_admin")), value("enabled", knownvalue.Bool(false)),
			},
		},
		resource.TestStep{ResourceName: it, ImportState: true, ImportStateVerify: true},
		resource.TestStep{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateId: "GRACE@example.com"},
		resource.TestStep{ // drift of each attribute
			PreConfig: func() {
				email, first, role := "elsewhere@example.com", "E", atm.SystemUser
				patch := atm.UserPatch{Email: &email, FirstName: &first, Role: &role}
				patch.LastName.Set("W")
				patch.Enabled.Set(true)
				if _, err := h.API.UpdateUser(t.Context(), find().Id, "", patch); err != nil {
					t.Fatal(err)
				}
			},
			Config: config("grace@example.com", "suite_admin", "b", `
  first_name = "Grace"
  last_name  = "Hopper"
  enabled    = false`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				acctest.ExpectChanges(it, "email", "first_name", "last_name", "role", "enabled"),
			}},
		},
		resource.TestStep{ // deleted behind Terraform's back
			PreConfig: func() {
				if err := h.API.DeleteUser(t.Context(), find().Id, ""); err != nil {
					t.Fatal(err)
				}
			},
			Config:           config("grace@example.com", "suite_admin", "b", `first_name = "Grace"`),
			ConfigPlanChecks: acctest.Planned(it, plancheck.ResourceActionCreate),
		},
	)
}

// The password works at the sign-in page and is in no state.
func TestUser_PasswordNeverEntersTheState(t *testing.T) {
	_, h := acctest.Start(t)
	const first, second = "first-password-9f3a", "second-password-7c1b"
	password := func(value string, version int) string {
		return config("ada@example.com", "system_user", "a", fmt.Sprintf(`
  first_name          = "Ada"
  password_wo         = %q
  password_wo_version = %d`, value, version))
	}
	clean := func(state *terraform.State) error {
		if text := state.String(); strings.Contains(text, first) || strings.Contains(text, second) {
			return fmt.Errorf("the state holds a password")
		}
		return nil
	}
	h.RunWith([]tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_11_0)},
		resource.TestStep{Config: password(first, 1), Check: clean, ConfigStateChecks: []statecheck.StateCheck{value("password_wo", knownvalue.Null())}},
		resource.TestStep{Config: password(second, 2), Check: clean, ConfigPlanChecks: acctest.Planned(it, plancheck.ResourceActionUpdate)},
		resource.TestStep{Config: password(second, 2), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
	)
}
