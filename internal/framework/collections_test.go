package framework_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// filterCase is a filter by ids of a data source or of a list resource.
type filterCase struct {
	kind, filter string
	// path is what the filter's requests go to.
	path string
	// known are the ids of two objects, in the order in which the objects were
	// created.
	known [2]string
	// read returns what names the selected objects, in their order.
	read func(t *testing.T, p *acctest.Protocol, filters map[string]any) []string
	// want is what names the two objects.
	want []string
}

func dataSource(kind, list, attribute string) func(*testing.T, *acctest.Protocol, map[string]any) []string {
	return func(t *testing.T, p *acctest.Protocol, filters map[string]any) []string {
		t.Helper()
		response, diags := p.ReadData(kind, filters)
		acctest.NoErrors(t, diags)
		var names []string
		for i := range response.Len(list) {
			names = append(names, fmt.Sprint(response.Get(list, i, attribute)))
		}
		return names
	}
}

func listResource(kind string) func(*testing.T, *acctest.Protocol, map[string]any) []string {
	return func(t *testing.T, p *acctest.Protocol, filters map[string]any) []string {
		t.Helper()
		results, diags := p.List(kind, acctest.Query{Config: filters})
		acctest.NoErrors(t, diags)
		return acctest.Names(results)
	}
}

// A collection of ids comes from another data source: it may be empty, longer
// than what one request takes, and in any order.
func TestFilters_TakeAnyCollection(t *testing.T) {
	server, h := startShop(t)
	// Objects of a seed have one time of creation, so the second of each kind is created later.
	server.Clock.Advance(time.Second)
	suite, err := h.API.CreateSuite(t.Context(), atm.NewIdempotencyKey(), atm.SuiteCreate{Name: "other"})
	if err != nil {
		t.Fatal(err)
	}
	project, err := h.API.CreateProject(t.Context(), atm.NewIdempotencyKey(), atm.ProjectCreate{Name: "stock", SuiteId: "shop-id"})
	if err != nil {
		t.Fatal(err)
	}
	application, err := h.API.CreateApplication(t.Context(), atm.NewIdempotencyKey(), atm.ApplicationCreate{
		Name: "batch", SuiteId: "shop-id", ProjectId: project.Id, AuthenticatorType: atm.ClientCredentials,
	})
	if err != nil {
		t.Fatal(err)
	}
	user, err := h.API.CreateUser(t.Context(), atm.NewIdempotencyKey(), atm.UserCreate{
		Email: "eve@example.com", FirstName: "Eve", Role: atm.SystemUser, SuiteId: "shop-id", ProjectId: project.Id,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.API.AssignUser(t.Context(), application.Id, user.Id, atm.NewIdempotencyKey(), atm.ApplicationUserPut{}); err != nil {
		t.Fatal(err)
	}
	applications, users := [2]string{"worker-id", application.Id}, [2]string{"ada-id", user.Id}
	emails, names := []string{"Ada@example.com", "eve@example.com"}, []string{"Ada@example.com at worker", "eve@example.com at batch"}
	assignments := "/api/v1/application-users"
	for _, tc := range []filterCase{
		{"data.atm_suites", "ids", "/api/v1/suites", [2]string{"shop-id", suite.Id}, dataSource("atm_suites", "suites", "name"), []string{"shop", "other"}},
		{"data.atm_projects", "ids", "/api/v1/projects", [2]string{"checkout-id", project.Id}, dataSource("atm_projects", "projects", "name"), []string{"checkout", "stock"}},
		{"data.atm_applications", "ids", "/api/v1/applications", applications, dataSource("atm_applications", "applications", "name"), []string{"worker", "batch"}},
		{"data.atm_users", "ids", "/api/v1/users", users, dataSource("atm_users", "users", "email"), emails},
		{"data.atm_application_users", "application_ids", assignments, applications, dataSource("atm_application_users", "application_users", "user_id"), users[:]},
		{"data.atm_application_users", "user_ids", assignments, users, dataSource("atm_application_users", "application_users", "user_id"), users[:]},
		{"list.atm_application_user", "application_ids", assignments, applications, listResource("atm_application_user"), names},
		{"list.atm_application_user", "user_ids", assignments, users, listResource("atm_application_user"), names},
	} {
		t.Run(tc.kind+" "+tc.filter, func(t *testing.T) {
			p := signedIn(h, nil)
			for name, ids := range map[string]struct {
				ids      []string
				want     []string
				requests int
			}{
				"none": {[]string{}, nil, 0},
				"201":  {known(tc, 201), tc.want, 2}, // the client's own test has more
			} {
				server.ForgetRequests()
				if got := tc.read(t, p, map[string]any{tc.filter: ids.ids}); !slices.Equal(got, ids.want) {
					t.Errorf("%s: %q, want %q", name, got, ids.want)
				}
				path := tc.path
				if ids.requests == 0 {
					path = "/**"
				}
				if n := server.CountRequests("", path); n != ids.requests {
					t.Errorf("%s: %d requests to %s, want %d", name, n, path, ids.requests)
				}
			}
		})
	}
}

// known returns n ids: the second object first, the first object last, and ids
// of no object between.
func known(tc filterCase, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("no-object-%d", i)
	}
	ids[0], ids[n-1] = tc.known[1], tc.known[0]
	return ids
}

// The ids of both filters of the assignments count together.
func TestFilters_OfAssignmentsCountTogether(t *testing.T) {
	server, h := startShop(t)
	p := signedIn(h, nil)
	for _, tc := range []struct{ applications, users, requests int }{
		{100, 100, 1}, {101, 100, 2}, {0, 300, 0}, {300, 0, 0}, // the client's own test has more
	} {
		filters := map[string]any{"application_ids": filled(tc.applications, "worker-id"), "user_ids": filled(tc.users, "ada-id")}
		want := []string{"ada-id"}
		if tc.requests == 0 {
			want = nil
		}
		server.ForgetRequests()
		if got := dataSource("atm_application_users", "application_users", "user_id")(t, p, filters); !slices.Equal(got, want) {
			t.Errorf("%+v: %q, want %q", tc, got, want)
		}
		if n := server.CountRequests(http.MethodGet, "/api/v1/application-users"); n != tc.requests {
			t.Errorf("%+v: %d requests", tc, n)
		}
	}
}

// filled returns n ids, of which the last is id.
func filled(n int, id string) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("no-object-%d", i)
	}
	if n > 0 {
		ids[n-1] = id
	}
	return ids
}

// An id that a list names twice, in two requests, is one object; the limit
// counts objects over all requests.
func TestFilters_RepeatedIDsAndTheLimit(t *testing.T) {
	server, h := startShop(t)
	p := signedIn(h, nil)
	ids := append(filled(250, "worker-id"), "worker-id")
	ids[0] = "worker-id"
	if got := listResource("atm_application_user")(t, p, map[string]any{"application_ids": ids}); len(got) != 1 {
		t.Errorf("%q, want one assignment", got)
	}
	if _, err := h.API.AssignUser(t.Context(), "web-id", "bob-id", atm.NewIdempotencyKey(), atm.ApplicationUserPut{}); err != nil {
		t.Fatal(err)
	}
	ids = append([]string{"web-id"}, ids...)
	server.ForgetRequests()
	results, diags := p.List("atm_application_user", acctest.Query{Config: map[string]any{"application_ids": ids}, Limit: 1})
	acctest.NoErrors(t, diags)
	if got := acctest.Names(results); !slices.Equal(got, []string{"Ada@example.com at worker"}) {
		t.Errorf("%q, want the assignment that was created first", got)
	}
}
