package token_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

func noSecret(t *testing.T, diags []*tfprotov6.Diagnostic, secrets ...string) {
	t.Helper()
	for _, d := range diags {
		for _, secret := range secrets {
			if strings.Contains(d.Summary+d.Detail, secret) {
				t.Errorf("a secret is in %s", acctest.Print(d))
			}
		}
	}
}

func TestResource_AnotherSubjectReplacesIt(t *testing.T) {
	_, h := start(t)
	p := h.Protocol(nil)
	o := made(t, p, worker(nil))
	for name, test := range map[string]struct {
		config  map[string]any
		replace []string
	}{
		"another user":        {worker(map[string]any{"login_id": stranger}), []string{"login_id"}},
		"another application": {machine(nil), []string{"client_id", "grant_type", "login_id"}},
	} {
		planned := plan(t, p, o, test.config)
		if diff := cmp.Diff(test.replace, planned.Replace); diff != "" {
			t.Errorf("%s: replaced for (-want +got)\n%s", name, diff)
		}
		if planned.Get("access_token") != acctest.Unknown {
			t.Errorf("%s: the plan shows the old token", name)
		}
	}
}

// rotate gives the worker another secret.
func rotate(t *testing.T, h *acctest.Harness, secret string) {
	t.Helper()
	if _, err := h.API.RotateSecret(t.Context(), workerID, "", atm.NewIdempotencyKey(), atm.SecretRotation{ClientSecret: &secret}); err != nil {
		t.Fatal(err)
	}
}

const nextSecret = "Next-secret-0123456789-abcdefghij"

func TestResource_AChangedSecretSignsInAnew(t *testing.T) {
	_, h := start(t)
	p := h.Protocol(nil)
	for name, test := range map[string]struct{ before, wrong, after map[string]any }{
		"in state": {
			worker(nil),
			worker(map[string]any{"client_secret": shopSecret}),
			worker(map[string]any{"client_secret": nextSecret}),
		},
		"write-only": {
			worker(map[string]any{"client_secret": nil, "client_secret_wo": workerSecret, "client_secret_wo_version": 1}),
			worker(map[string]any{"client_secret": nil, "client_secret_wo": shopSecret, "client_secret_wo_version": 2}),
			worker(map[string]any{"client_secret": nil, "client_secret_wo": nextSecret, "client_secret_wo_version": 3}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			rotate(t, h, workerSecret)
			o := made(t, p, test.before)
			first := text(t, o.Get("access_token"))
			rotate(t, h, nextSecret)

			diags := p.Apply(o, test.wrong)
			attribute := "client_secret"
			if name == "write-only" {
				attribute = "client_secret_wo"
			}
			acctest.WantError(t, diags, attribute, "request id")
			noSecret(t, diags, shopSecret)
			if o.Get("access_token") != first {
				t.Error("the refused update changed the token")
			}
			wantDue(t, p, o, test.after, "with another secret")
			acctest.NoErrors(t, p.Apply(o, test.after))
			if family(t, o.Get("access_token")) == family(t, first) {
				t.Error("the token is not of a new sign-in")
			}
		})
	}
}

func TestResource_TheWriteOnlySecretStaysOut(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(nil)
	config := worker(map[string]any{"client_secret": nil, "client_secret_wo": workerSecret})
	o := made(t, p, config)
	first := text(t, o.Get("access_token"))
	server.Clock.Advance(580 * time.Second)
	wantDue(t, p, o, config, "when due")
	acctest.NoErrors(t, p.Apply(o, config))
	if family(t, o.Get("access_token")) != family(t, first) {
		t.Error("not renewed by the refresh grant")
	}
	if strings.Contains(o.State.String()+string(o.Private), workerSecret) {
		t.Error("the write-only secret is in state")
	}
	diags := p.Apply(o, nil)
	acctest.NoErrors(t, diags)
	acctest.WantWarning(t, diags, "", "not revoked", "client_secret_wo")
	noSecret(t, diags, workerSecret, first)
}

func TestResource_ArgumentsThatDoNotTouchTheToken(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(nil)
	o := made(t, p, worker(nil))
	first := o.Get("access_token")
	server.ForgetRequests()
	for _, more := range []map[string]any{{"renew_before": 60}, {"audience": workerID}, {}} {
		config := worker(more)
		if planned := plan(t, p, o, config); planned.Get("access_token") != first {
			t.Errorf("%v leaves the token to the apply", more)
		}
		acctest.NoErrors(t, p.Apply(o, config))
		wantKept(t, p, o, config, "afterwards")
	}
	if n := server.CountRequests("", ""); o.Get("access_token") != first || n != 0 {
		t.Errorf("the token changed, or %d requests were made", n)
	}
	_, diags := p.Plan(o, worker(map[string]any{"audience": machineID}))
	acctest.WantError(t, diags, "audience", workerID)
}

// Terraform plans again when it applies, and refuses another plan.
func TestResource_APlanStaysTrueWhileItWaits(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(nil)
	o := made(t, p, worker(nil))
	for name, config := range map[string]map[string]any{
		"with a change": worker(map[string]any{"renew_before": 60}),
		"with two":      worker(map[string]any{"renew_before": 45, "audience": workerID}),
	} {
		before := plan(t, p, o, config)
		server.Clock.Advance(590 * time.Second)
		after, diags := p.Plan(o, config)
		acctest.NoErrors(t, diags)
		if !before.Planned.Equal(after.Planned) {
			t.Errorf("%s: the plan was %v and is %v at apply", name, before.Planned, after.Planned)
		}
		server.Clock.Advance(-590 * time.Second)
	}
	server.Clock.Advance(590 * time.Second)
	wantDue(t, p, o, worker(map[string]any{"renew_before": 60}), "when it is refreshed again")
	// Without -refresh, and without a change, the time of the plan decides.
	o = made(t, p, worker(nil))
	server.Clock.Advance(590 * time.Second)
	if planned, _ := p.Plan(o, worker(nil)); planned.Get("access_token") != acctest.Unknown {
		t.Error("a plan without refresh keeps a token that is due")
	}
}

// A refresh that changes nothing of what a plan decides writes nothing, or
// every plan would rewrite the state.
func TestResource_ARefreshWritesOnlyWhatMatters(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(nil)
	o := made(t, p, worker(nil)) // lives 600 seconds, is due after 570
	for _, tc := range []struct {
		seconds int
		writes  bool
	}{
		{10, false}, {59, false}, {70, true}, {80, false}, {560, true}, {565, false},
		{571, true}, {599, false}, {601, true}, {700, false}, {100_000, false},
	} {
		before, private := server.Clock.Now(), string(o.Private)
		acctest.NoErrors(t, p.Refresh(o))
		if string(o.Private) != private {
			t.Errorf("a second refresh at %s writes", before)
		}
		server.Clock.Advance(time.Duration(tc.seconds)*time.Second - age(t, o, server))
		acctest.NoErrors(t, p.Refresh(o))
		if wrote := string(o.Private) != private; wrote != tc.writes {
			t.Errorf("a refresh %d seconds after the issue writes: %t, want %t", tc.seconds, wrote, tc.writes)
		}
	}
}

// age is how long ago the token was issued.
func age(t *testing.T, o *acctest.Object, server *testserver.Server) time.Duration {
	t.Helper()
	issued, err := time.Parse(time.RFC3339, text(t, o.Get("issued_at")))
	if err != nil {
		t.Fatal(err)
	}
	return server.Clock.Now().Sub(issued)
}

// Even if the last refresh left something out, a changed renew_before renews a
// token that is at its end, in one apply.
func TestResource_AChangedRenewBeforeIsJudgedNearTheEnd(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(nil)
	o := made(t, p, worker(nil))
	server.Clock.Advance(520 * time.Second)
	wantKept(t, p, o, worker(nil), "before renew_before")
	server.Clock.Advance(55 * time.Second)
	wantDue(t, p, o, worker(map[string]any{"renew_before": 40}), "past both")
	server.Clock.Advance(26 * time.Second)
	wantDue(t, p, o, worker(map[string]any{"renew_before": 0}), "past the end")
}

func TestResource_UnknownArguments(t *testing.T) {
	_, h := start(t)
	p := h.Protocol(nil)
	planned, diags := p.Plan(p.New(kind), worker(map[string]any{"client_id": acctest.Unknown, "client_secret": acctest.Unknown, "login_id": acctest.Unknown, "grant_type": acctest.Unknown}))
	acctest.NoErrors(t, diags)
	if planned.Get("access_token") != acctest.Unknown {
		t.Error("a token is planned")
	}
	o := made(t, p, worker(nil))
	for _, name := range []string{"client_secret", "renew_before"} {
		if planned := plan(t, p, o, worker(map[string]any{name: acctest.Unknown})); planned.Get("access_token") != acctest.Unknown {
			t.Errorf("with an unknown %s the token is planned as known", name)
		}
	}
}

// The provider block may be unknown at plan: creating a token is planned
// without a call.
func TestResource_UnknownProvider(t *testing.T) {
	_, h := start(t)
	p := h.Protocol(map[string]any{"endpoint": acctest.Unknown})
	if _, diags := p.Plan(p.New(kind), worker(nil)); acctest.HasErrors(diags) {
		t.Errorf("planning fails: %s", acctest.Print(diags[0]))
	}
	_, diags := p.ReadData(kind, worker(nil))
	acctest.WantError(t, diags, "", "endpoint", "not known")
}

// A token that was refreshed and could not be verified is not lost: its
// successor is what renews next.
func TestResource_AfterARefreshThatWasNotVerified(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(map[string]any{"max_retries": 0})
	o := made(t, p, worker(nil))
	first := text(t, o.Get("access_token"))
	server.Clock.Advance(580 * time.Second)
	remove := server.Fail(testserver.Fault{Path: "/auth/.well-known/jwks.json", Status: 503})
	acctest.WantError(t, p.Apply(o, worker(nil)), "", "signing keys")
	remove()
	if o.Get("access_token") != first {
		t.Error("the state has a token that was not verified")
	}
	acctest.NoErrors(t, p.Apply(o, worker(nil)))
	if family(t, o.Get("access_token")) != family(t, first) {
		t.Error("the refresh token was lost")
	}
}
