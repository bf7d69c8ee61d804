package applicationusers_test

import (
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// An error about a missing permission names the role that has it, and the user.
func TestApplicationUsers_AsASuiteAdmin(t *testing.T) {
	w := start(t, 3)
	ctx, yes := t.Context(), true
	for i, role := range []atm.Role{atm.SuiteAdmin, atm.SuperAdmin} {
		_, err := w.h.API.UpdateUser(ctx, w.users[i], "", atm.UserPatch{Role: &role})
		w.must(err)
	}
	admin, err := w.h.API.CreateApplication(ctx, atm.NewIdempotencyKey(), atm.ApplicationCreate{
		Name: "admin", SuiteId: w.suite, ProjectId: w.project, AuthenticatorType: atm.UserCredentials, ManagementAccess: &yes,
	})
	w.must(err)
	_, err = w.h.API.AssignUser(ctx, admin.Id, w.users[0], atm.NewIdempotencyKey(), atm.ApplicationUserPut{})
	w.must(err)
	w.h.Setenv("ATM_CLIENT_ID", admin.ClientId)
	w.h.Setenv("ATM_CLIENT_SECRET", *admin.ClientSecret)
	w.h.Setenv("ATM_LOGIN_ID", "u0@example.com")

	p := w.h.Protocol(nil)
	o := p.New(kind)
	acctest.WantError(t, p.Apply(o, w.config(1, 2)), "", "super_admin", "suite_admin", w.users[1])
	w.wantHolds("")
	acctest.NoErrors(t, p.Apply(o, w.config(2)))
	w.wantHolds("u2")
}
