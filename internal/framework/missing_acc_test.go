package framework_test

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// five is an object of each kind.
const five = `
resource "atm_suite" "it" { name = "tools" }
resource "atm_project" "it" {
  suite_id = atm_suite.it.id
  name     = "one"
}
resource "atm_application" "it" {
  suite_id           = atm_suite.it.id
  project_id         = atm_project.it.id
  name               = "one"
  authenticator_type = "user_credentials"
}
resource "atm_user" "it" {
  suite_id   = atm_suite.it.id
  project_id = atm_project.it.id
  email      = "one@example.com"
  first_name = "One"
  role       = "system_user"
}
resource "atm_application_user" "it" {
  application_id = atm_application.it.id
  user_id        = atm_user.it.id
}
`

// Real Terraform neither plans to create nor reports as destroyed what a caller
// of another suite, or another ATM, does not see; and the plan of its creator
// is still empty.
func TestMissing_UnderTerraform(t *testing.T) {
	_, h := acctest.Start(t)
	other := testserver.Start(t).Admin()
	suite, project := h.Parents()
	stranger := h.As(atm.SuiteAdmin, suite, project)
	mine := map[string]string{}
	sign := func(settings map[string]any) func() {
		return func() {
			for name, value := range settings {
				variable := map[string]string{"endpoint": "ATM_ENDPOINT", "client_id": "ATM_CLIENT_ID", "client_secret": "ATM_CLIENT_SECRET", "login_id": "ATM_LOGIN_ID"}[name]
				if _, kept := mine[variable]; !kept {
					mine[variable] = h.Getenv(variable)
				}
				h.Setenv(variable, value.(string))
			}
		}
	}
	back := func() {
		for variable, value := range mine {
			h.Setenv(variable, value)
		}
	}
	unclear := regexp.MustCompile(`Cannot tell whether atm_`)
	as := map[string]any{"endpoint": other.Endpoint, "client_id": other.ClientID, "client_secret": other.ClientSecret, "login_id": other.LoginID}
	empty := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	h.Run(
		resource.TestStep{Config: five},
		resource.TestStep{PreConfig: sign(stranger), Config: five, ExpectError: unclear},
		resource.TestStep{Config: five, Destroy: true, ExpectError: unclear},
		resource.TestStep{RefreshState: true, ExpectError: unclear},
		resource.TestStep{PreConfig: func() { back(); sign(as)() }, Config: five, ExpectError: unclear},
		resource.TestStep{Config: five, Destroy: true, ExpectError: unclear},
		resource.TestStep{PreConfig: back, Config: five, ConfigPlanChecks: empty},
	)
}
