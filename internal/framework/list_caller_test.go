package framework_test

import (
	"slices"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// A suite admin finds what is in its own suite; a user of another suite who is
// assigned there has no email address that the admin may see, and so shows as
// an id.
func TestList_HoldsWhatTheCallerMaySee(t *testing.T) {
	_, h := startShop(t)
	ctx, yes := t.Context(), true
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	admin, err := h.API.CreateApplication(ctx, atm.NewIdempotencyKey(), atm.ApplicationCreate{
		Name: "admin", SuiteId: "shop-id", ProjectId: "checkout-id", AuthenticatorType: atm.UserCredentials, ManagementAccess: &yes,
	})
	must(err)
	_, err = h.API.AssignUser(ctx, admin.Id, "ada-id", atm.NewIdempotencyKey(), atm.ApplicationUserPut{Enabled: &yes})
	must(err)
	bank, err := h.API.CreateSuite(ctx, atm.NewIdempotencyKey(), atm.SuiteCreate{Name: "bank"})
	must(err)
	desk, err := h.API.CreateProject(ctx, atm.NewIdempotencyKey(), atm.ProjectCreate{Name: "desk", SuiteId: bank.Id})
	must(err)
	eve, err := h.API.CreateUser(ctx, atm.NewIdempotencyKey(), atm.UserCreate{
		Email: "eve@example.com", FirstName: "Eve", Role: atm.SystemUser, SuiteId: bank.Id, ProjectId: desk.Id,
	})
	must(err)
	_, err = h.API.AssignUser(ctx, "worker-id", eve.Id, atm.NewIdempotencyKey(), atm.ApplicationUserPut{Enabled: &yes})
	must(err)

	h.Setenv("ATM_CLIENT_ID", admin.ClientId)
	h.Setenv("ATM_CLIENT_SECRET", *admin.ClientSecret)
	h.Setenv("ATM_LOGIN_ID", "ada@example.com")
	p := h.Protocol(nil)
	for kind, want := range map[string][]string{
		"atm_suite":            {"shop"},
		"atm_project":          {"checkout", "returns"},
		"atm_application":      {"worker", "web", "admin"},
		"atm_user":             {"Ada@example.com", "bob@example.com"},
		"atm_application_user": {"Ada@example.com at worker", "Ada@example.com at admin", eve.Id + " at worker"},
	} {
		results, diags := p.List(kind, acctest.Query{})
		acctest.NoErrors(t, diags)
		if got := acctest.Names(results); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", kind, got, want)
		}
	}
}
