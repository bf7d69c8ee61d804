package application_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

const (
	ownSecret    = "own-secret-0123456789-abcdefghij-first"
	secondSecret = "own-secret-0123456789-abcdefghij-second"
)

// parents makes a suite and a project behind Terraform's back and returns the
// configuration of an application in them.
func parents(t *testing.T, h *acctest.Harness) func(more map[string]any) map[string]any {
	t.Helper()
	suite, project := h.Parents()
	return func(more map[string]any) map[string]any {
		config := map[string]any{"suite_id": suite, "project_id": project, "name": "worker", "authenticator_type": "client_credentials"}
		for name, value := range more {
			config[name] = value
		}
		return config
	}
}

// works reports whether the secret gets a token.
func works(t *testing.T, h *acctest.Harness, clientID, secret string) bool {
	t.Helper()
	_, err := h.API.IssueToken(t.Context(), atm.TokenRequest{Grant: atm.GrantClientCredentials, ClientID: clientID, ClientSecret: secret})
	var refused *atm.OAuthError
	if err != nil && !errors.As(err, &refused) {
		t.Fatal(err)
	}
	return err == nil
}

func text(o *acctest.Object, name string) string {
	value, _ := o.Get(name).(string)
	return value
}

func planOf(t *testing.T, p *acctest.Protocol, o *acctest.Object, config map[string]any) *acctest.Plan {
	t.Helper()
	acctest.NoErrors(t, p.Refresh(o))
	plan, diags := p.Plan(o, config)
	acctest.NoErrors(t, diags)
	return plan
}

func wantNoPlan(t *testing.T, p *acctest.Protocol, o *acctest.Object, config map[string]any) {
	t.Helper()
	if plan := planOf(t, p, o, config); plan.Changes(o) {
		t.Errorf("the plan is not empty: %s, state: %s", plan.Planned, o.State)
	}
}

func TestApplication_TriggersRotateWithAnOverlap(t *testing.T) {
	server, h := acctest.Start(t)
	p, config := h.Protocol(nil), parents(t, h)
	rotation := func(month string) map[string]any {
		return config(map[string]any{"secret_rotation": map[string]any{"triggers": map[string]any{"month": month}, "previous_secret_expires_in": 3600}})
	}
	app := p.New("atm_application")
	acctest.NoErrors(t, p.Apply(app, config(nil)))
	clientID, first := text(app, "client_id"), text(app, "client_secret")

	// Adding the block does not rotate the secret.
	acctest.NoErrors(t, p.Apply(app, rotation("January")))
	if text(app, "client_secret") != first || app.Get("secret_version") != int64(1) {
		t.Fatal("adding secret_rotation rotated the secret")
	}
	wantNoPlan(t, p, app, rotation("January"))

	if plan := planOf(t, p, app, rotation("February")); plan.Get("client_secret") != acctest.Unknown || plan.Get("secret_version") != acctest.Unknown {
		t.Error("the plan does not show the rotation")
	}
	acctest.NoErrors(t, p.Apply(app, rotation("February")))
	second := text(app, "client_secret")
	if second == first || app.Get("secret_version") != int64(2) {
		t.Fatalf("secret_version %v, the secret changed: %v", app.Get("secret_version"), second != first)
	}
	if !works(t, h, clientID, first) || !works(t, h, clientID, second) {
		t.Error("within the overlap both secrets must work")
	}
	server.Clock.Advance(time.Hour + time.Second)
	if works(t, h, clientID, first) {
		t.Error("the old secret works after the overlap")
	}
	if !works(t, h, clientID, second) {
		t.Error("the new secret does not work after the overlap")
	}
	wantNoPlan(t, p, app, rotation("February"))
	acctest.NoErrors(t, p.Apply(app, config(nil)))
	if text(app, "client_secret") != second {
		t.Error("removing secret_rotation rotated the secret")
	}
}

func TestApplication_WriteOnlySecret(t *testing.T) {
	_, h := acctest.Start(t)
	p, config := h.Protocol(nil), parents(t, h)
	own := func(secret string, version int) map[string]any {
		return config(map[string]any{"client_secret_wo": secret, "client_secret_wo_version": version})
	}
	app := p.New("atm_application")
	acctest.NoErrors(t, p.Apply(app, own(ownSecret, 1)))
	if app.Get("client_secret") != nil || strings.Contains(app.State.String(), ownSecret) {
		t.Error("the state holds a secret")
	}
	clientID := text(app, "client_id")
	if !works(t, h, clientID, ownSecret) {
		t.Fatal("the secret that was given does not work")
	}
	wantNoPlan(t, p, app, own(secondSecret, 1)) // only the version triggers

	acctest.NoErrors(t, p.Apply(app, own(secondSecret, 2)))
	if works(t, h, clientID, ownSecret) || !works(t, h, clientID, secondSecret) {
		t.Error("the second secret did not replace the first")
	}

	acctest.NoErrors(t, p.Apply(app, config(nil)))
	if !works(t, h, clientID, text(app, "client_secret")) {
		t.Error("without the write-only secret ATM generates none")
	}
}

func TestApplication_GeneratedSecretGivesWayToAWriteOnlyOne(t *testing.T) {
	_, h := acctest.Start(t)
	p, config := h.Protocol(nil), parents(t, h)
	app := p.New("atm_application")
	acctest.NoErrors(t, p.Apply(app, config(nil)))
	acctest.NoErrors(t, p.Apply(app, config(map[string]any{"client_secret_wo": ownSecret, "client_secret_wo_version": 1})))
	if app.Get("client_secret") != nil || !works(t, h, text(app, "client_id"), ownSecret) {
		t.Error("the write-only secret was not set, or the generated one stayed in the state")
	}
}

func TestApplication_ImportRotatesNothing(t *testing.T) {
	_, h := acctest.Start(t)
	p, config := h.Protocol(nil), parents(t, h)
	made := p.New("atm_application")
	acctest.NoErrors(t, p.Apply(made, config(nil)))
	secret := text(made, "client_secret")

	app, diags := p.Import("atm_application", text(made, "id"), nil)
	acctest.NoErrors(t, diags)
	wantNoPlan(t, p, app, config(nil))
	acctest.NoErrors(t, p.Apply(app, config(map[string]any{"secret_rotation": map[string]any{"triggers": map[string]any{"a": "b"}}})))
	acctest.NoErrors(t, p.Apply(app, config(map[string]any{"client_secret_wo": ownSecret, "client_secret_wo_version": 1})))
	if !works(t, h, text(app, "client_id"), secret) {
		t.Fatal("the secret of an imported application was rotated")
	}
	acctest.NoErrors(t, p.Apply(app, config(map[string]any{"client_secret_wo": ownSecret, "client_secret_wo_version": 2})))
	if !works(t, h, text(app, "client_id"), ownSecret) {
		t.Error("the second version was not set")
	}
}
