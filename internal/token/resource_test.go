package token_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/oapi-codegen/nullable"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

const kind = "atm_token"

// made is a token that exists.
func made(t *testing.T, p *acctest.Protocol, config map[string]any) *acctest.Object {
	t.Helper()
	o := p.New(kind)
	acctest.NoErrors(t, p.Apply(o, config))
	return o
}

// plan refreshes and plans, as Terraform does.
func plan(t *testing.T, p *acctest.Protocol, o *acctest.Object, config map[string]any) *acctest.Plan {
	t.Helper()
	acctest.NoErrors(t, p.Refresh(o))
	planned, diags := p.Plan(o, config)
	acctest.NoErrors(t, diags)
	return planned
}

func wantKept(t *testing.T, p *acctest.Protocol, o *acctest.Object, config map[string]any, when string) {
	t.Helper()
	if planned := plan(t, p, o, config); planned.Changes(o) {
		t.Errorf("%s: the plan is not empty: %v", when, planned.Planned)
	}
}

func wantDue(t *testing.T, p *acctest.Protocol, o *acctest.Object, config map[string]any, when string) {
	t.Helper()
	planned := plan(t, p, o, config)
	for _, name := range []string{"access_token", "issued_at", "expires_at", "claims"} {
		if planned.Get(name) != acctest.Unknown {
			t.Errorf("%s: %s is planned as %v, want it known after apply", when, name, planned.Get(name))
		}
	}
	if len(planned.Replace) > 0 {
		t.Errorf("%s: replaced for %v", when, planned.Replace)
	}
}

func TestResource_IsKeptUntilItIsDueAndThenRefreshed(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(nil)
	config := worker(map[string]any{"renew_before": 120})
	o := made(t, p, config)
	first := text(t, o.Get("access_token"))
	if o.Get("client_secret_wo") != nil || o.Get("grant_type") != "user_credentials" {
		t.Errorf("state: %v", o.State)
	}

	server.ForgetRequests()
	wantKept(t, p, o, config, "at once")
	server.Clock.Advance(475 * time.Second)
	wantKept(t, p, o, config, "before renew_before")
	if n := server.CountRequests("", ""); n != 0 {
		t.Errorf("%d requests while nothing was due", n)
	}

	server.Clock.Advance(6 * time.Second)
	wantDue(t, p, o, config, "at renew_before")
	acctest.NoErrors(t, p.Apply(o, config))
	second := text(t, o.Get("access_token"))
	if first == second || family(t, first) != family(t, second) {
		t.Error("the token was not renewed by the refresh grant")
	}
	if !active(t, server, workerClient, workerSecret, first) || !active(t, server, workerClient, workerSecret, second) {
		t.Error("one of the two tokens is dead, though the first has not ended")
	}
	wantKept(t, p, o, config, "after the renewal")

	server.Clock.Advance(time.Hour)
	acctest.NoErrors(t, p.Refresh(o))
	acctest.NoErrors(t, p.Apply(o, config))
	if third := text(t, o.Get("access_token")); family(t, third) != family(t, first) {
		t.Error("the second renewal, of a token long dead, was not by the refresh grant")
	}
}

func TestResource_ARefusedRefreshSignsIn(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(nil)
	for name, breakIt := range map[string]func(t *testing.T){
		"revoked by others": func(t *testing.T) {
			t.Helper()
			id := userID
			if err := h.API.RevokeTokens(t.Context(), atm.NewIdempotencyKey(), atm.TokenRevocation{UserId: &id}); err != nil {
				t.Fatal(err)
			}
		},
		"refresh token expired": func(*testing.T) { server.Clock.Advance(48 * time.Hour) },
		"response lost": func(*testing.T) {
			server.Fail(testserver.Fault{Path: "/auth/token", Times: 1, Drop: testserver.DropAfter})
		},
		"response garbled": func(*testing.T) {
			server.Fail(testserver.Fault{Path: "/auth/token", Times: 1, Status: 200, Body: "<html>"})
		},
		"server error": func(*testing.T) { server.Fail(testserver.Fault{Path: "/auth/token", Times: 1, Status: 500}) },
	} {
		t.Run(name, func(t *testing.T) {
			o := made(t, p, worker(nil))
			first := text(t, o.Get("access_token"))
			breakIt(t)
			server.Clock.Advance(580 * time.Second)
			wantDue(t, p, o, worker(nil), name)
			acctest.NoErrors(t, p.Apply(o, worker(nil)))
			second := text(t, o.Get("access_token"))
			if family(t, second) == family(t, first) || !active(t, server, workerClient, workerSecret, second) {
				t.Error("there is no token of a new sign-in")
			}
			server.Clock.Advance(580 * time.Second)
			acctest.NoErrors(t, p.Apply(o, worker(nil)))
			if family(t, o.Get("access_token")) != family(t, second) {
				t.Error("the next renewal was not by the refresh grant")
			}
		})
	}
}

func TestResource_WithoutAUserItIsRenewedByASignIn(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(nil)
	o := made(t, p, machine(nil))
	first := jti(t, o.Get("access_token"))
	wantKept(t, p, o, machine(nil), "at once")
	server.Clock.Advance(571 * time.Second)
	wantDue(t, p, o, machine(nil), "30 seconds before its end")
	acctest.NoErrors(t, p.Apply(o, machine(nil)))
	if jti(t, o.Get("access_token")) == first {
		t.Error("the token is still the same")
	}
	last := text(t, o.Get("access_token"))
	acctest.NoErrors(t, p.Apply(o, nil))
	if active(t, server, machineClient, machineSecret, last) {
		t.Error("the token counts after destroy")
	}
}

func TestResource_DestroyRevokes(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(map[string]any{"max_retries": 0})
	o := made(t, p, worker(nil))
	token := text(t, o.Get("access_token"))
	acctest.NoErrors(t, p.Apply(o, nil))
	if !o.Gone() || active(t, server, workerClient, workerSecret, token) {
		t.Error("the token counts after destroy")
	}

	for name, test := range map[string]struct {
		fault testserver.Fault
		warns bool
	}{
		"an ATM without revocation":       {testserver.Fault{Status: 404}, false},
		"an ATM that refuses the method":  {testserver.Fault{Status: 405}, false},
		"an ATM that has not got so far":  {testserver.Fault{Status: 501}, false},
		"an ATM that fails":               {testserver.Fault{Status: 503, Body: workerSecret}, true},
		"an ATM that does not respond":    {testserver.Fault{Drop: testserver.DropBefore}, true},
		"an ATM that knows no such thing": {testserver.Fault{Status: 400, Body: `{"error":"unsupported_token_type","error_description":"` + workerSecret + `"}`}, true},
	} {
		o := made(t, p, worker(nil))
		expires := text(t, o.Get("expires_at"))
		test.fault.Path = "/auth/revoke"
		remove := server.Fail(test.fault)
		diags := p.Apply(o, nil)
		remove()
		acctest.NoErrors(t, diags)
		if !o.Gone() {
			t.Errorf("%s keeps the object", name)
		}
		if test.warns {
			acctest.WantWarning(t, diags, "", "not revoked", expires)
		} else if len(diags) > 0 {
			t.Errorf("%s: %s", name, acctest.Print(diags[0]))
		}
		noSecret(t, diags, workerSecret)
	}
}

func TestResource_DestroyAsksNothingForADeadTokenWithoutRefresh(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(nil)
	o := made(t, p, machine(nil))
	server.Clock.Advance(time.Hour)
	server.ForgetRequests()
	acctest.NoErrors(t, p.Apply(o, nil))
	if n := server.CountRequests(http.MethodPost, "/auth/revoke"); n != 0 {
		t.Errorf("%d revocations of a token that is dead", n)
	}
}

func TestResource_TheTaintedIsRevokedToo(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(nil)
	o := made(t, p, worker(nil))
	token := text(t, o.Get("access_token"))
	o.Private = nil // Terraform has none for the delete of a tainted object
	acctest.NoErrors(t, p.Apply(o, nil))
	if active(t, server, workerClient, workerSecret, token) {
		t.Error("the token counts after destroy")
	}
}

func TestResource_BadInput(t *testing.T) {
	_, h := start(t)
	p := h.Protocol(nil)
	for name, bad := range badRequests {
		t.Run(name, func(t *testing.T) {
			o := p.New(kind)
			diags := p.Apply(o, bad.config)
			acctest.WantError(t, diags, bad.attribute, bad.texts...)
			if !o.Gone() {
				t.Error("a refused create left state")
			}
			noSecret(t, diags, text(t, bad.config["client_secret"]))
		})
	}
	for name, bad := range map[string]map[string]any{
		"no secret":                 worker(map[string]any{"client_secret": nil}),
		"two secrets":               worker(map[string]any{"client_secret_wo": workerSecret}),
		"a version of no secret":    worker(map[string]any{"client_secret_wo_version": 1}),
		"a negative renew_before":   worker(map[string]any{"renew_before": -1}),
		"a renew_before of one day": worker(map[string]any{"renew_before": 86400}),
	} {
		if diags := p.Validate(kind, bad); !acctest.HasErrors(diags) {
			t.Errorf("%s is valid", name)
		}
	}
}

// A module's variables are unknown to terraform validate, and may turn out null.
func TestResource_UnknownLoginIDMayBeNull(t *testing.T) {
	_, h := start(t)
	p := h.Protocol(nil)
	acctest.NoErrors(t, p.Validate(kind, machine(map[string]any{"login_id": acctest.Unknown})))
}

func TestResource_RenewBeforeIsLessThanTheLifespan(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(nil)
	o := p.New(kind)
	acctest.WantError(t, p.Apply(o, worker(map[string]any{"renew_before": 600})), "renew_before", "600", "access_token_lifespan")
	if !o.Gone() {
		t.Error("a refused create left state")
	}
	if n := server.CountRequests(http.MethodPost, "/auth/revoke"); n != 1 {
		t.Errorf("%d revocations of the token that was not kept", n)
	}

	o = made(t, p, worker(map[string]any{"renew_before": 599}))
	lifespan := nullable.NewNullableWithValue(300)
	if _, err := h.API.UpdateApplication(t.Context(), workerID, "", atm.ApplicationPatch{AccessTokenLifespan: lifespan}); err != nil {
		t.Fatal(err)
	}
	server.Clock.Advance(2 * time.Second)
	acctest.WantError(t, p.Apply(o, worker(map[string]any{"renew_before": 599})), "renew_before", "300")
	if !active(t, server, workerClient, workerSecret, o.Get("access_token")) {
		t.Error("the state holds a token that does not count")
	}
	acctest.NoErrors(t, p.Refresh(o))
	acctest.NoErrors(t, p.Apply(o, worker(map[string]any{"renew_before": 60})))
	wantKept(t, p, o, worker(map[string]any{"renew_before": 60}), "with a better renew_before")
}
