package user_test

import (
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
)

// A password from an ephemeral resource is unknown at plan and may turn out to
// be null.
func TestUser_PasswordThatTurnsOutNull(t *testing.T) {
	server, h := acctest.Start(t)
	p, config := h.Protocol(nil), parents(t, h)
	with := func(password any, version int) map[string]any {
		return config(map[string]any{"password_wo": password, "password_wo_version": version})
	}
	user := p.New("atm_user")
	acctest.WantError(t, p.ApplyOther(user, with(acctest.Unknown, 1), with(nil, 1)), "password_wo", "null")
	if !user.Gone() {
		t.Fatal("the user was created all the same")
	}
	acctest.NoErrors(t, p.Apply(user, with("a long password", 1)))
	acctest.WantError(t, p.ApplyOther(user, with(acctest.Unknown, 2), with(nil, 2)), "password_wo", "null")
	if n := server.CountRequests("POST", "/api/v1/users/*/password"); n != 0 {
		t.Errorf("%d resets, want none", n)
	}
}
