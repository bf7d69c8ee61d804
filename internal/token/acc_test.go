package token_test

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

const (
	it      = "atm_token.it"
	dataIt  = "data.atm_token.it"
	request = `
  client_id     = "` + workerClient + `"
  client_secret = "` + workerSecret + `"
  login_id      = "` + user + `"
`
)

func form(kind, more string) string {
	return fmt.Sprintf("%s \"atm_token\" \"it\" {%s%s\n}\n", kind, request, more)
}

// remember keeps an attribute for later steps.
func remember(address, attribute string, into *string) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		found, ok := state.RootModule().Resources[address]
		if !ok || found.Primary.Attributes[attribute] == "" {
			return fmt.Errorf("%s has no %s", address, attribute)
		}
		*into = found.Primary.Attributes[attribute]
		return nil
	}
}

func userIs(address string) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New("claims"), knownvalue.ObjectExact(map[string]knownvalue.Check{
		"iss": knownvalue.StringExact("atm"), "aud": knownvalue.StringExact(workerID),
		"scope": knownvalue.ObjectExact(map[string]knownvalue.Check{
			"id": knownvalue.StringExact(userID), "email": knownvalue.StringExact(user),
			"first_name": knownvalue.StringExact("Thong"), "last_name": knownvalue.StringExact(""),
		}),
	}))
}

func TestAccResource_EmptyPlansRenewalAndRevocation(t *testing.T) {
	server, h := start(t)
	// Resources that depend on the token must not change before it is renewed.
	config := form("resource", "renew_before = 100") + `
resource "terraform_data" "consumer" { input = sha256(nonsensitive(atm_token.it.access_token)) }
output "claims" { value = atm_token.it.claims }
`
	plans := func(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: checks}
	}
	var first, second, id string
	h.Run(
		resource.TestStep{
			Config:            config,
			Check:             resource.ComposeTestCheckFunc(remember(it, "access_token", &first), remember(it, "id", &id)),
			ConfigStateChecks: []statecheck.StateCheck{userIs(it), statecheck.ExpectSensitiveValue(it, tfjsonpath.New("access_token"))},
		},
		resource.TestStep{
			PreConfig:        func() { server.Clock.Advance(450 * time.Second) },
			Config:           config,
			ConfigPlanChecks: plans(plancheck.ExpectEmptyPlan()),
			Check:            resource.TestCheckResourceAttrPtr(it, "access_token", &first),
		},
		resource.TestStep{
			PreConfig: func() { server.Clock.Advance(60 * time.Second) },
			Config:    config,
			ConfigPlanChecks: plans(
				plancheck.ExpectResourceAction(it, plancheck.ResourceActionUpdate),
				plancheck.ExpectUnknownValue(it, tfjsonpath.New("access_token")),
				plancheck.ExpectResourceAction("terraform_data.consumer", plancheck.ResourceActionUpdate),
			),
			Check:             resource.ComposeTestCheckFunc(remember(it, "access_token", &second), resource.TestCheckResourceAttrPtr(it, "id", &id)),
			ConfigStateChecks: []statecheck.StateCheck{userIs(it)},
		},
		resource.TestStep{ // a refused refresh falls back to a sign-in
			PreConfig: func() {
				if family(t, first) != family(t, second) || first == second {
					t.Error("the token was not renewed by the refresh grant")
				}
				server.Clock.Advance(48 * time.Hour)
			},
			Config:           config,
			ConfigPlanChecks: plans(plancheck.ExpectResourceAction(it, plancheck.ResourceActionUpdate)),
			Check:            remember(it, "access_token", &second),
		},
	)
	if family(t, first) == family(t, second) {
		t.Error("the refresh token lived for two days")
	}
	if active(t, server, workerClient, workerSecret, second) {
		t.Error("the token counts after destroy")
	}
}

func TestAccResource_RefusedCreateLeavesNothing(t *testing.T) {
	server, h := start(t)
	h.Run(
		resource.TestStep{
			Config:      form("resource", `audience = "another"`),
			ExpectError: regexp.MustCompile(`(?s)for another audience.*` + workerID),
		},
		resource.TestStep{
			PreConfig: func() {
				if n := server.CountRequests("POST", "/auth/revoke"); n != 1 {
					t.Errorf("%d revocations of the token that was not used", n)
				}
			},
			Config: form("resource", `audience = "`+workerID+`"`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(it, plancheck.ResourceActionCreate),
			}},
		},
		resource.TestStep{
			Config:      form("resource", `audience = "another"`),
			PlanOnly:    true,
			ExpectError: regexp.MustCompile(`(?s)for another audience.*` + workerID),
		},
		resource.TestStep{
			ResourceName: it, ImportState: true, ImportStateId: "any",
			ExpectError: regexp.MustCompile("atm_token cannot be imported"),
		},
	)
}

// Everything is made in one run, as in the quickstart; the second plan is empty.
func TestAccData_InTheRunThatMakesItsApplication(t *testing.T) {
	_, h := start(t)
	config := `
resource "atm_suite" "it" { name = "payments" }
resource "atm_project" "it" {
  suite_id = atm_suite.it.id
  name     = "checkout"
}
resource "atm_application" "it" {
  suite_id           = atm_suite.it.id
  project_id         = atm_project.it.id
  name               = "worker"
  authenticator_type = "user_credentials"
}
resource "atm_user" "it" {
  suite_id   = atm_suite.it.id
  project_id = atm_project.it.id
  email      = "thong@example.com"
  first_name = "Thong"
  role       = "system_user"
}
resource "atm_application_user" "it" {
  application_id = atm_application.it.id
  user_id        = atm_user.it.id
}
data "atm_token" "it" {
  client_id     = atm_application.it.client_id
  client_secret = atm_application.it.client_secret
  login_id      = atm_user.it.email
  audience      = atm_application.it.id
  depends_on    = [atm_application_user.it]
}
data "atm_jwks" "it" {}
output "claims" { value = data.atm_token.it.claims }
output "verified" {
  value = provider::atm::verify_token(data.atm_token.it.access_token, data.atm_jwks.it.json, atm_application.it.id, plantimestamp()).claims
  sensitive = true
}
output "decoded" {
  value = nonsensitive(provider::atm::decode_token(data.atm_token.it.access_token).unverified_claims.scope.email)
}
`
	h.Run(resource.TestStep{
		Config: config,
		Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckOutput("decoded", "thong@example.com"),
			resource.TestCheckResourceAttrPair(dataIt, "claims.scope.id", "atm_user.it", "id"),
			resource.TestCheckResourceAttrPair(dataIt, "claims.aud", "atm_application.it", "id"),
		),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectSensitiveValue(dataIt, tfjsonpath.New("access_token")),
		},
	})
}

func TestAccFunctions(t *testing.T) {
	_, h := start(t)
	call := func(arguments string) string { return `output "it" { value = provider::atm::` + arguments + " }\n" }
	quoted := func(text string) string { return fmt.Sprintf("%q", text) }
	good, set := quoted(signed(documented)), quoted(string(published()))
	h.Run(
		resource.TestStep{
			Config: call(fmt.Sprintf("verify_token(%s, %s, null, %q).claims.scope.email", good, set, at)),
			Check:  resource.TestCheckOutput("it", "admin@gmail.com"),
		},
		resource.TestStep{
			Config: fmt.Sprintf("output \"it\" { value = can(provider::atm::verify_token(%s, %s, %q, %q)) }\n", good, set, "other", at),
			Check:  resource.TestCheckOutput("it", "false"),
		},
		resource.TestStep{
			Config:      call(fmt.Sprintf("verify_token(%s, %s, %q, %q).kid", good, set, "other", at)),
			ExpectError: regexp.MustCompile(`(?s)"audience".*another audience`),
		},
		resource.TestStep{
			Config:      call(fmt.Sprintf("verify_token(%s, %s, null, %q).kid", good, set, "2030-01-01T00:00:00Z")),
			ExpectError: regexp.MustCompile(`(?s)"token".*expired`),
		},
		resource.TestStep{
			Config:      call(fmt.Sprintf("verify_token(%s, %q, null, %q).kid", good, "{}", at)),
			ExpectError: regexp.MustCompile(`(?s)"jwks_json".*no list`),
		},
		resource.TestStep{
			Config: call(fmt.Sprintf("decode_token(%s).unverified_claims.exp", good)),
			Check:  resource.TestCheckOutput("it", "1662429442"),
		},
		resource.TestStep{
			Config:      call(`decode_token("a.b").unverified_header`),
			ExpectError: regexp.MustCompile(`(?s)"token".*three parts[^.]*\.1\)\.\s`),
		},
	)
}
