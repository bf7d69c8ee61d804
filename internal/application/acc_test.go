package application_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

const it = "atm_application.it"

// config is an application in one of two projects, with further arguments.
func config(name, flow, project, more string) string {
	return fmt.Sprintf(`
resource "atm_suite" "shop" { name = "shop" }
resource "atm_project" "a" {
  suite_id = atm_suite.shop.id
  name     = "a"
}
resource "atm_project" "b" {
  suite_id = atm_suite.shop.id
  name     = "b"
}
resource "atm_application" "it" {
  suite_id           = atm_suite.shop.id
  project_id         = atm_project.%s.id
  name               = %q
  authenticator_type = %q
  %s
}`, project, name, flow, more)
}

func find(t *testing.T, h *acctest.Harness, name string) *atm.Application {
	t.Helper()
	apps, err := h.API.Applications(t.Context(), atm.ListApplicationsParams{Name: &name})
	if err != nil || len(apps) != 1 {
		t.Fatalf("%d applications named %s: %v", len(apps), name, err)
	}
	return &apps[0]
}

func value(name string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(it, tfjsonpath.New(name), check)
}

func TestApplication_Lifecycle(t *testing.T) {
	_, h := acctest.Start(t)
	sameSecret := statecheck.CompareValue(acctest.Same())
	h.Run(
		resource.TestStep{
			Config: config("web", "authorization_code", "a", `redirect_urls = ["https://app.example.com/b", "https://app.example.com/a"]`),
			ConfigStateChecks: []statecheck.StateCheck{
				value("id", acctest.ID()), value("client_id", acctest.Text(`^[A-Za-z0-9]{20}$`)), value("client_secret", acctest.Text(`^[A-Za-z0-9]{32}$`)),
				value("secret_version", knownvalue.Int64Exact(1)), value("access_token_lifespan", knownvalue.Int64Exact(600)),
				value("refresh_token_lifespan", knownvalue.Int64Exact(86400)), value("refresh_token_grace_period", knownvalue.Int64Exact(0)),
				value("allowed_origins", knownvalue.SetExact(nil)), value("management_access", knownvalue.Bool(false)),
				value("client_authentication", knownvalue.StringExact("secret")), value("introspection_access", knownvalue.Bool(false)),
				sameSecret.AddStateValue(it, tfjsonpath.New("client_secret")),
			},
		},
		resource.TestStep{ // the order of lists and the spelling of origins are no change
			Config:           config("web", "authorization_code", "a", `redirect_urls = ["https://app.example.com/a", "https://app.example.com/b"]`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
		resource.TestStep{
			Config: config("site", "authorization_code", "b", `
  redirect_urls              = ["https://app.example.com/c"]
  allowed_origins            = ["HTTPS://App.Example.com:443", "http://localhost:8080"]
  access_token_lifespan      = 60
  refresh_token_lifespan     = 31536000
  refresh_token_grace_period = 60
  management_access          = true
  introspection_access       = true
  force_destroy              = true
  timeouts                   = { create = "1m" }`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(it, plancheck.ResourceActionUpdate),
				plancheck.ExpectKnownValue(it, tfjsonpath.New("client_id"), knownvalue.NotNull()),
				plancheck.ExpectKnownValue(it, tfjsonpath.New("secret_version"), knownvalue.Int64Exact(1)),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				value("name", knownvalue.StringExact("site")), value("access_token_lifespan", knownvalue.Int64Exact(60)),
				value("refresh_token_lifespan", knownvalue.Int64Exact(31536000)), value("refresh_token_grace_period", knownvalue.Int64Exact(60)),
				value("management_access", knownvalue.Bool(true)), value("introspection_access", knownvalue.Bool(true)),
				value("allowed_origins", knownvalue.SetExact([]knownvalue.Check{
					knownvalue.StringExact("HTTPS://App.Example.com:443"), knownvalue.StringExact("http://localhost:8080"),
				})),
				sameSecret.AddStateValue(it, tfjsonpath.New("client_secret")),
			},
		},
		resource.TestStep{ // what is left out again returns to its default
			Config:            config("site", "authorization_code", "b", `redirect_urls = ["https://app.example.com/c"]`),
			ConfigPlanChecks:  acctest.Planned(it, plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{value("access_token_lifespan", knownvalue.Int64Exact(600)), value("allowed_origins", knownvalue.SetExact(nil))},
		},
		resource.TestStep{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"client_secret"}},
		resource.TestStep{ResourceName: it, ImportState: true, ImportStateId: "shop/b/site", ImportStateVerify: true, ImportStateVerifyIgnore: []string{"client_secret"}},
		resource.TestStep{ // deleted behind Terraform's back
			PreConfig: func() {
				if err := h.API.DeleteApplication(t.Context(), find(t, h, "site").Id, ""); err != nil {
					t.Fatal(err)
				}
			},
			Config:           config("site", "authorization_code", "b", `redirect_urls = ["https://app.example.com/c"]`),
			ConfigPlanChecks: acctest.Planned(it, plancheck.ResourceActionCreate),
		},
		resource.TestStep{Config: config("site", "user_credentials", "b", ""), ConfigPlanChecks: acctest.Planned(it, plancheck.ResourceActionReplace)},
	)
}

// Every attribute that ATM holds is shown when it drifts, and repaired.
func TestApplication_DriftOfEachAttribute(t *testing.T) {
	_, h := acctest.Start(t)
	name, redirects, origins := "drifted", []string{"https://elsewhere.example.com"}, []string{"*"}
	sixty, year, grace, yes := 61, 1000, 7, true
	terraform := config("web", "authorization_code_pkce", "a", `redirect_urls = ["https://app.example.com/a"]`)
	steps := []resource.TestStep{{Config: terraform}}
	steps = append(steps, resource.TestStep{
		PreConfig: func() {
			app := find(t, h, "web")
			patch := atm.ApplicationPatch{Name: &name}
			patch.RedirectUrls.Set(redirects)
			patch.AllowedOrigins.Set(origins)
			patch.AccessTokenLifespan.Set(sixty)
			patch.RefreshTokenLifespan.Set(year)
			patch.RefreshTokenGracePeriod.Set(grace)
			patch.ManagementAccess.Set(yes)
			patch.IntrospectionAccess.Set(yes)
			if _, err := h.API.UpdateApplication(t.Context(), app.Id, "", patch); err != nil {
				t.Fatal(err)
			}
		},
		Config: terraform,
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			acctest.ExpectChanges(it, "name", "redirect_urls", "allowed_origins", "access_token_lifespan",
				"refresh_token_lifespan", "refresh_token_grace_period", "management_access", "introspection_access"),
		}},
		ConfigStateChecks: []statecheck.StateCheck{
			value("name", knownvalue.StringExact("web")), value("access_token_lifespan", knownvalue.Int64Exact(600)),
			value("redirect_urls", knownvalue.SetExact([]knownvalue.Check{knownvalue.StringExact("https://app.example.com/a")})),
		},
	})
	h.Run(steps...)
}

// An import beside a configuration plans nothing but itself.
func TestApplication_ImportBlockPlansClean(t *testing.T) {
	_, h := acctest.Start(t)
	h.Run(
		resource.TestStep{Config: config("web", "user_credentials", "a", "")},
		resource.TestStep{
			Config: config("web", "user_credentials", "a", ""), ResourceName: it,
			ImportState: true, ImportStateKind: resource.ImportBlockWithID,
			ImportPlanChecks: resource.ImportPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(it, plancheck.ResourceActionNoop)}},
		},
	)
}
