package applicationusers_test

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

// exactly checks the state's users; a negative number is a disabled one, as in
// world.list.
func (w *world) exactly(users ...int) []statecheck.StateCheck {
	elements := make([]knownvalue.Check, 0, len(users))
	for _, element := range w.list(users...) {
		_, disabled := element["enabled"]
		elements = append(elements, knownvalue.ObjectExact(map[string]knownvalue.Check{
			"user_id": knownvalue.StringExact(element["user_id"].(string)), "enabled": knownvalue.Bool(!disabled),
		}))
	}
	return []statecheck.StateCheck{
		statecheck.ExpectKnownValue(it, tfjsonpath.New("users"), knownvalue.SetExact(elements)),
		statecheck.ExpectKnownValue(it, tfjsonpath.New("application_id"), acctest.ID()),
	}
}

func planned(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

func (w *world) then(want string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if got := w.holds(); got != want {
			return fmt.Errorf("ATM holds %q, want %q", got, want)
		}
		return nil
	}
}

func TestApplicationUsers_Lifecycle(t *testing.T) {
	w := start(t, 4)
	update := planned(plancheck.ExpectResourceAction(it, plancheck.ResourceActionUpdate), acctest.ExpectChanges(it, "users"))
	id := func(*terraform.State) (string, error) { return w.application, nil }
	other := w.newApplication("other", atm.UserCredentials)
	first := w.application
	w.h.Run(
		resource.TestStep{Config: w.hcl(0, -2), ConfigStateChecks: w.exactly(0, -2), Check: w.then("u0 u1!")},
		resource.TestStep{Config: w.hcl(-2, 0), ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan())}, // any order
		resource.TestStep{Config: w.hcl(-1, 1, 2), ConfigPlanChecks: update, ConfigStateChecks: w.exactly(-1, 1, 2), Check: w.then("u0! u1 u2")},
		resource.TestStep{
			ResourceName: it, ImportState: true, ImportStateIdFunc: id, ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "id",
		},
		resource.TestStep{
			ResourceName: it, ImportState: true, ImportStateId: "shop/checkout/worker", ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "application_id",
		},
		resource.TestStep{ // assigned, removed and toggled behind Terraform's back
			PreConfig: func() { w.assign(3); w.unassign(2); w.toggle(1, false) },
			Config:    w.hcl(-1, 1, 2), ConfigPlanChecks: update, ConfigStateChecks: w.exactly(-1, 1, 2), Check: w.then("u0! u1 u2"),
		},
		resource.TestStep{Config: w.hcl(), ConfigPlanChecks: update, ConfigStateChecks: w.exactly(), Check: w.then("")},
		resource.TestStep{ // another application
			PreConfig: func() { w.application = other },
			Config:    configFor(w, other, 0), ConfigPlanChecks: planned(plancheck.ExpectResourceAction(it, plancheck.ResourceActionReplace)),
			ConfigStateChecks: w.exactly(0),
		},
		resource.TestStep{ // the application deleted behind Terraform's back
			PreConfig: func() {
				w.unassign(0)
				w.must(w.h.API.DeleteApplication(t.Context(), other, ""))
				w.application = first
			},
			Config: configFor(w, first, 0, 1), ConfigPlanChecks: planned(plancheck.ExpectResourceAction(it, plancheck.ResourceActionCreate)),
			ConfigStateChecks: w.exactly(0, 1), Check: w.then("u0 u1"),
		},
	)
	w.wantHolds("")
}

// configFor is world.hcl for another application.
func configFor(w *world, application string, users ...int) string {
	was := w.application
	defer func() { w.application = was }()
	w.application = application
	return w.hcl(users...)
}

func TestApplicationUsers_ImportByIdentity(t *testing.T) {
	w := start(t, 1)
	w.assign(0)
	w.h.RunWith([]tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		resource.TestStep{
			Config:           fmt.Sprintf("import {\n  to = %s\n  identity = { application_id = %q }\n}\n%s", it, w.application, w.hcl(0)),
			ConfigPlanChecks: planned(plancheck.ExpectResourceAction(it, plancheck.ResourceActionNoop)),
		})
}

// After the import of a list that holds more than the configuration, the plan
// shows the others as removals.
func TestApplicationUsers_ImportShowsOthersAsRemovals(t *testing.T) {
	w := start(t, 2)
	w.assign(0, 1)
	w.h.Run(resource.TestStep{
		Config:            fmt.Sprintf("import {\n  to = %s\n  id = \"shop/checkout/worker\"\n}\n%s", it, w.hcl(1)),
		ConfigPlanChecks:  planned(plancheck.ExpectResourceAction(it, plancheck.ResourceActionUpdate), acctest.ExpectChanges(it, "users")),
		ConfigStateChecks: w.exactly(1), Check: w.then("u1"),
	})
}

// One configuration makes users, application and list, drops a user from both,
// and destroys everything, in the right order without depends_on.
func TestApplicationUsers_BesideItsUsersAndApplication(t *testing.T) {
	w := start(t, 0)
	config := func(users ...string) string {
		text := fmt.Sprintf(`
resource "atm_application" "worker" {
  suite_id           = %q
  project_id         = %q
  name               = "made here"
  authenticator_type = "user_credentials"
}
resource "atm_application_users" "it" {
  application_id = atm_application.worker.id
  users          = [for id in [atm_user.%s.id] : { user_id = id }]
}
`, w.suite, w.project, strings.Join(users, ".id, atm_user."))
		for _, name := range users {
			text += fmt.Sprintf(`
resource "atm_user" %[3]q {
  suite_id   = %[1]q
  project_id = %[2]q
  email      = "%[3]s@example.com"
  first_name = %[3]q
  role       = "system_user"
}
`, w.suite, w.project, name)
		}
		return text
	}
	size := func(n int) []statecheck.StateCheck {
		return []statecheck.StateCheck{statecheck.ExpectKnownValue(it, tfjsonpath.New("users"), knownvalue.SetSizeExact(n))}
	}
	w.h.Run(
		resource.TestStep{Config: config("ada", "bob", "eve"), ConfigStateChecks: size(3)},
		resource.TestStep{Config: config("ada", "eve", "zoe"), ConfigStateChecks: size(3)},
		resource.TestStep{Config: config("ada"), ConfigStateChecks: size(1)},
	)
}
