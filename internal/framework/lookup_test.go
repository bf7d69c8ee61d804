package framework_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// shop is two projects of one suite, an application and a user in each, and one assignment.
const shop = `
suites:
  - id: shop-id
    name: shop
    projects:
      - id: checkout-id
        name: checkout
        users:
          - {id: ada-id, email: Ada@example.com, firstName: Ada, lastName: Lovelace, role: suite_admin}
        applications:
          - id: worker-id
            name: worker
            authenticatorType: user_credentials
            clientId: NmN78x6DMfde1XRx9hQg
            clientSecret: 480nulBeBGqJDoAOADC0CW2frGTDVEmq
            accessTokenLifespan: 900
            users: [{email: ada@example.com, enabled: false}]
      - id: returns-id
        name: returns
        users:
          - {id: bob-id, email: bob@example.com, firstName: Bob, role: system_user, enabled: false}
        applications:
          - id: web-id
            name: web
            authenticatorType: authorization_code
            redirectUrls: [https://app.example.com/callback]
            allowedOrigins: [https://app.example.com]
`

func startShop(t *testing.T) (*testserver.Server, *acctest.Harness) {
	t.Helper()
	return acctest.Start(t, testserver.WithSeed(shop))
}

func TestLookup_FindsOneByIDAndByReadableKey(t *testing.T) {
	_, h := startShop(t)
	p := h.Protocol(nil)
	for _, tc := range []struct {
		kind string
		by   map[string]any
		want map[string]any
	}{
		{"atm_suite", map[string]any{"id": "shop-id"}, map[string]any{"name": "shop"}},
		{"atm_suite", map[string]any{"name": "shop"}, map[string]any{"id": "shop-id"}},
		{"atm_project", map[string]any{"id": "checkout-id"}, map[string]any{"name": "checkout", "suite_id": "shop-id"}},
		{"atm_project", map[string]any{"path": "shop/returns"}, map[string]any{"id": "returns-id", "name": "returns"}},
		{"atm_application", map[string]any{"id": "worker-id"}, map[string]any{
			"name": "worker", "suite_id": "shop-id", "project_id": "checkout-id", "authenticator_type": "user_credentials",
			"client_id": "NmN78x6DMfde1XRx9hQg", "secret_version": int64(1), "access_token_lifespan": int64(900),
			"refresh_token_lifespan": int64(86400), "refresh_token_grace_period": int64(0), "management_access": false,
			"client_authentication": "secret", "introspection_access": false,
		}},
		{"atm_application", map[string]any{"path": "shop/returns/web"}, map[string]any{"id": "web-id", "authenticator_type": "authorization_code"}},
		{"atm_user", map[string]any{"id": "ada-id"}, map[string]any{
			"email": "Ada@example.com", "first_name": "Ada", "last_name": "Lovelace", "role": "suite_admin",
			"suite_id": "shop-id", "project_id": "checkout-id", "enabled": true,
		}},
		{"atm_user", map[string]any{"email": "BOB@example.com"}, map[string]any{"id": "bob-id", "email": "BOB@example.com", "enabled": false}},
	} {
		t.Run(fmt.Sprint(tc.kind, tc.by), func(t *testing.T) {
			response, diags := p.ReadData(tc.kind, tc.by)
			acctest.NoErrors(t, diags)
			for name, want := range tc.want {
				if got := response.Get(name); got != want {
					t.Errorf("%s is %v, want %v", name, got, want)
				}
			}
		})
	}
	web, diags := p.ReadData("atm_application", map[string]any{"id": "web-id"})
	acctest.NoErrors(t, diags)
	if got := fmt.Sprint(web.Get("redirect_urls"), web.Get("allowed_origins")); got != "[https://app.example.com/callback] [https://app.example.com]" {
		t.Errorf("redirect URLs and origins are %s", got)
	}
}

func TestLookup_ListsByEachFilter(t *testing.T) {
	_, h := startShop(t)
	p := h.Protocol(nil)
	for _, tc := range []struct {
		kind, list, tell string
		filters          map[string]any
		want             string
	}{
		{"atm_suites", "suites", "id", map[string]any{"name": "shop"}, "shop-id"},
		{"atm_suites", "suites", "name", nil, "atm-administration shop"},
		{"atm_suites", "suites", "id", map[string]any{"ids": []any{"shop-id", "none"}}, "shop-id"},
		{"atm_projects", "projects", "id", map[string]any{"ids": []any{"returns-id"}, "suite_id": "shop-id"}, "returns-id"},
		{"atm_applications", "applications", "id", map[string]any{"ids": []any{"web-id", "worker-id"}}, "worker-id web-id"},
		{"atm_users", "users", "id", map[string]any{"ids": []any{"bob-id", "ada-id"}}, "ada-id bob-id"},
		{"atm_users", "users", "id", map[string]any{"ids": []any{}}, ""},
		{"atm_projects", "projects", "id", map[string]any{"suite_id": "shop-id"}, "checkout-id returns-id"},
		{"atm_projects", "projects", "suite_id", map[string]any{"name": "returns"}, "shop-id"},
		{"atm_applications", "applications", "id", map[string]any{"suite_id": "shop-id"}, "worker-id web-id"},
		{"atm_applications", "applications", "name", map[string]any{"project_id": "returns-id"}, "web"},
		{"atm_applications", "applications", "id", map[string]any{"name": "web"}, "web-id"},
		{"atm_applications", "applications", "id", map[string]any{"authenticator_type": "authorization_code"}, "web-id"},
		{"atm_applications", "applications", "id", map[string]any{"authenticator_type": "client_credentials"}, ""},
		{"atm_users", "users", "id", map[string]any{"suite_id": "shop-id"}, "ada-id bob-id"},
		{"atm_users", "users", "email", map[string]any{"project_id": "checkout-id"}, "Ada@example.com"},
		{"atm_users", "users", "id", map[string]any{"email": "ada@EXAMPLE.com"}, "ada-id"},
		{"atm_users", "users", "id", map[string]any{"email": "nobody@example.com"}, ""},
		{"atm_application_users", "application_users", "user_id", map[string]any{"suite_id": "shop-id"}, "ada-id"},
		{"atm_application_users", "application_users", "user_id", map[string]any{"project_id": "returns-id"}, ""},
		{"atm_application_users", "application_users", "application_id", map[string]any{"user_ids": []any{"ada-id", "bob-id"}}, "worker-id"},
		{"atm_application_users", "application_users", "user_id", map[string]any{"application_ids": []any{"web-id"}}, ""},
	} {
		t.Run(fmt.Sprint(tc.kind, tc.filters), func(t *testing.T) {
			response, diags := p.ReadData(tc.kind, tc.filters)
			acctest.NoErrors(t, diags)
			var got []string
			for i := range response.Len(tc.list) {
				got = append(got, fmt.Sprint(response.Get(tc.list, i, tc.tell)))
			}
			if strings.Join(got, " ") != tc.want {
				t.Errorf("%s of %s: %v, want %q", tc.tell, tc.list, got, tc.want)
			}
		})
	}
}

func TestLookup_SaysWhatIsWrongOnTheArgument(t *testing.T) {
	_, h := startShop(t)
	p := h.Protocol(nil)
	for _, tc := range []struct {
		kind      string
		config    map[string]any
		attribute string
		text      string
	}{
		{"atm_suite", map[string]any{"id": "nowhere"}, "id", `"nowhere"`},
		{"atm_suite", map[string]any{"name": "nowhere"}, "name", `"nowhere"`},
		{"atm_suite", nil, "id", "name"},
		{"atm_suite", map[string]any{"id": "shop-id", "name": "shop"}, "id", "name"},
		{"atm_project", map[string]any{"path": "shop/nowhere"}, "path", `in suite "shop"`},
		{"atm_project", map[string]any{"path": "checkout"}, "path", "SUITE/PROJECT"},
		{"atm_application", map[string]any{"path": "shop/checkout/web"}, "path", `in project "shop/checkout"`},
		{"atm_application", map[string]any{"id": "ada-id"}, "id", "ada-id"},
		{"atm_application", map[string]any{"path": "a/b/c", "id": "x"}, "id", "path"},
		{"atm_user", map[string]any{"email": "nobody@example.com"}, "email", "nobody@example.com"},
		{"atm_applications", map[string]any{"authenticator_type": "magic"}, "authenticator_type", "user_credentials"},
		{"atm_application_users", map[string]any{"user_ids": []any{""}}, "user_ids", "at least 1"},
	} {
		t.Run(fmt.Sprint(tc.kind, tc.config), func(t *testing.T) {
			_, diags := p.ReadData(tc.kind, tc.config)
			acctest.WantError(t, diags, tc.attribute, tc.text)
		})
	}
}

// TestLookup_UnderTerraform shows that the results are the same at each plan, and that they do not depend on paging.
func TestLookup_UnderTerraform(t *testing.T) {
	server, h := startShop(t)
	h.Run(
		resource.TestStep{
			Config: `
data "atm_suite" "shop" { name = "shop" }
data "atm_projects" "all" { suite_id = data.atm_suite.shop.id }
data "atm_application" "worker" { path = "shop/checkout/worker" }
data "atm_application_users" "worker" { application_ids = [data.atm_application.worker.id] }
data "atm_user" "first" { id = data.atm_application_users.worker.application_users[0].user_id }
data "atm_applications" "all" { suite_id = data.atm_suite.shop.id }
data "atm_users" "all" { suite_id = data.atm_suite.shop.id }
output "email" { value = data.atm_user.first.email }
output "clients" { value = [for a in data.atm_applications.all.applications : a.name] }
`,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownOutputValue("email", knownvalue.StringExact("Ada@example.com")),
				statecheck.ExpectKnownOutputValue("clients", knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("worker"), knownvalue.StringExact("web")})),
			},
			ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
	)
	if server.CountRequests(http.MethodGet, "/api/v1/applications**") == 0 {
		t.Error("no application was asked for")
	}
}

// ATM takes 200 ids at a time; how many a configuration has is its own business.
func TestLookup_AnyNumberOfIDs(t *testing.T) {
	server, h := startShop(t)
	p := h.Protocol(nil)
	made := map[string]any{}
	for _, email := range []string{"first@example.com", "second@example.com"} {
		user, err := h.API.CreateUser(t.Context(), atm.NewIdempotencyKey(), atm.UserCreate{
			Email: email, FirstName: "U", Role: atm.SystemUser, SuiteId: "shop-id", ProjectId: "checkout-id",
		})
		fail(t, err)
		made[email] = user.Id
		server.Clock.Advance(time.Second)
	}
	ids := []any{made["second@example.com"]}
	for i := range 250 {
		ids = append(ids, fmt.Sprintf("none-%03d", i))
	}
	server.ForgetRequests()
	response, diags := p.ReadData("atm_users", map[string]any{"ids": append(ids, made["first@example.com"])})
	acctest.NoErrors(t, diags)
	if first, second := response.Get("users", 0, "email"), response.Get("users", 1, "email"); response.Len("users") != 2 ||
		first != "first@example.com" || second != "second@example.com" {
		t.Errorf("%d users, the first are %v and %v", response.Len("users"), first, second)
	}
	if n := server.CountRequests("GET", "/api/v1/users"); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
	if _, diags := p.ReadData("atm_users", map[string]any{"ids": []any{}}); acctest.HasErrors(diags) || server.CountRequests("GET", "/api/v1/users") != 2 {
		t.Error("an empty set of ids was asked for")
	}
	_, diags = p.ReadData("atm_suites", map[string]any{"ids": []any{""}})
	acctest.WantError(t, diags, "ids")
}
