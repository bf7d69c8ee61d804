package framework_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// crowd is a suite of many projects.
func crowd(projects int) string {
	var seed strings.Builder
	seed.WriteString("suites:\n  - id: crowd-id\n    name: crowd\n    projects:\n")
	for i := range projects {
		fmt.Fprintf(&seed, "      - {id: project-%d, name: project %d}\n", i, i)
	}
	return seed.String()
}

func TestList_AsksForNoPageTooMany(t *testing.T) {
	t.Parallel()
	server := testserver.Start(t, testserver.WithSeed(crowd(1001)))
	p := signedIn(acctest.New(t, server.Admin().Environ(), server.Clock.Now), nil)
	for name, tc := range map[string]struct {
		limit          int64
		take           int
		want, requests int
	}{
		"all":                   {0, 0, 1001, 3},
		"one":                   {1, 0, 1, 1},
		"Terraform's default":   {100, 0, 100, 1},
		"a page":                {500, 0, 500, 1},
		"a page and a bit":      {501, 0, 501, 2},
		"two pages":             {1000, 0, 1000, 2},
		"more than there are":   {5000, 0, 1001, 3},
		"stopped on the first":  {0, 500, 500, 1},
		"stopped on the second": {5000, 501, 501, 2},
	} {
		server.ForgetRequests()
		results, diags := p.List("atm_project", acctest.Query{
			Config: map[string]any{"suite_id": "crowd-id"}, Limit: tc.limit, Take: tc.take,
		})
		acctest.NoErrors(t, diags)
		if n := server.CountRequests(http.MethodGet, "/api/v1/projects"); len(results) != tc.want || n != tc.requests {
			t.Errorf("%s: %d results of %d requests, want %d of %d", name, len(results), n, tc.want, tc.requests)
		}
		for i := range results {
			if want := fmt.Sprintf("project %d", i); results[i].DisplayName != want || results[i].Identity["id"] != fmt.Sprintf("project-%d", i) {
				t.Fatalf("%s: result %d is %+v", name, i, results[i])
			}
		}
	}
}

// An error on a later page comes after what the earlier ones held, and says
// what ATM said.
func TestList_FailsAfterWhatItHas(t *testing.T) {
	t.Parallel()
	server := testserver.Start(t, testserver.WithSeed(crowd(600)))
	p := signedIn(acctest.New(t, server.Admin().Environ(), server.Clock.Now), map[string]any{"max_retries": 0})
	results, diags := p.List("atm_project", acctest.Query{
		Config: map[string]any{"suite_id": "crowd-id"},
		Seen: func(results int) {
			if results == 500 {
				server.Fail(testserver.Fault{Path: "/api/v1/projects", Status: http.StatusServiceUnavailable})
			}
		},
	})
	acctest.WantError(t, diags, "", "503")
	if len(results) != 500 {
		t.Errorf("%d results before the error, want the first page", len(results))
	}
}

// One fault at a page is not even noticed.
func TestList_RepeatsAPage(t *testing.T) {
	t.Parallel()
	for name, fault := range faults() {
		t.Run(name, func(t *testing.T) {
			server, h := startShop(t)
			p := signedIn(h, map[string]any{"request_timeout": 1})
			fault.Path, fault.Times = "/api/v1/**", 1
			server.Fail(fault)
			for _, kind := range p.ListResources() {
				_, diags := p.List(kind, acctest.Query{})
				acctest.NoErrors(t, diags)
			}
		})
	}
}

// Names of assignments cost a request for a hundred, not one each.
func TestList_NamesAssignmentsTogether(t *testing.T) {
	server, h := startShop(t)
	const users = 250
	items := make([]atm.ApplicationUserSet, users)
	for i := range users {
		user, err := h.API.CreateUser(t.Context(), atm.NewIdempotencyKey(), atm.UserCreate{
			Email: fmt.Sprintf("u%d@example.com", i), FirstName: "U", Role: atm.SystemUser, SuiteId: "shop-id", ProjectId: "returns-id",
		})
		if err != nil {
			t.Fatal(err)
		}
		items[i] = atm.ApplicationUserSet{UserId: user.Id}
	}
	if _, err := h.API.ChangeApplicationUsers(t.Context(), "web-id", atm.NewIdempotencyKey(), atm.ApplicationUsersPatch{Set: &items}); err != nil {
		t.Fatal(err)
	}
	p := signedIn(h, nil)
	for _, tc := range []struct{ limit, want, lists, names int }{{0, users, 1, 1 + 3}, {100, 100, 1, 1 + 1}, {1, 1, 1, 1 + 1}} {
		server.ForgetRequests()
		results, diags := p.List("atm_application_user", acctest.Query{
			Config: map[string]any{"application_ids": []string{"web-id"}}, Limit: int64(tc.limit),
		})
		acctest.NoErrors(t, diags)
		lists := server.CountRequests(http.MethodGet, "/api/v1/application-users")
		names := server.CountRequests(http.MethodGet, "/api/v1/users") + server.CountRequests(http.MethodGet, "/api/v1/applications")
		if len(results) != tc.want || lists != tc.lists || names != tc.names {
			t.Errorf("limit %d: %d results, %d lists, %d requests for names; want %+v", tc.limit, len(results), lists, names, tc)
		}
		for i := range results {
			if want := fmt.Sprintf("u%d@example.com at web", i); results[i].DisplayName != want {
				t.Fatalf("result %d is %q, want %q", i, results[i].DisplayName, want)
			}
		}
	}
}
