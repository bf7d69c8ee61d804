package provider_test

import (
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// A fault at the sign-in is repaired, or ends with an error that a second run
// does not meet; no fault of a refresh is more than another sign-in.
func TestSignIn_UnderFaults(t *testing.T) {
	truncated := 10
	for name, fault := range map[string]testserver.Fault{
		"before ATM acted": {Drop: testserver.DropBefore},
		"after ATM acted":  {Drop: testserver.DropAfter},
		"500":              {Status: 500},
		"429":              {Status: 429, Headers: map[string]string{"Retry-After": "0"}},
		"truncated":        {Truncate: &truncated},
		"another page":     {Status: 200, Body: "<html>Sign in to the Wi-Fi</html>", Headers: map[string]string{"Content-Type": "text/html"}},
	} {
		t.Run(name, func(t *testing.T) {
			server, h := acctest.Start(t)
			fault.Path, fault.Times = "/auth/token", 1
			server.Fail(fault)
			p := h.Protocol(nil)
			acctest.NoErrors(t, apply(p, "sign-in"))
			server.Clock.Advance(9*time.Minute + 45*time.Second)
			server.Fail(fault)
			acctest.NoErrors(t, apply(p, "refresh"))

			fault.Times = 0
			remove := server.Fail(fault)
			once := h.Protocol(map[string]any{"max_retries": 0})
			// A 429 has no number of retries: it ends with the operation's own timeout.
			diags := once.Apply(once.New("atm_suite"), map[string]any{"name": "always", "timeouts": map[string]any{"create": "1s"}})
			if !acctest.HasErrors(diags) {
				t.Error("the fault was not met")
			}
			remove()
			acctest.NoErrors(t, apply(h.Protocol(nil), "always"))
		})
	}
}

// The provider's token is revoked while it works: it signs in again, once.
func TestSignIn_SurvivesARevocation(t *testing.T) {
	server, h := acctest.Start(t)
	p := h.Protocol(nil)
	acctest.NoErrors(t, apply(p, "a"))
	user, err := h.API.UserWithEmail(t.Context(), server.Admin().LoginID)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.API.RevokeTokens(t.Context(), atm.NewIdempotencyKey(), atm.TokenRevocation{UserId: &user.Id}); err != nil {
		t.Fatal(err)
	}
	acctest.NoErrors(t, apply(p, "b"))
}
