package application_test

import (
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
)

// A value from an ephemeral resource is unknown at plan and may turn out to be
// null. Then ATM would generate a secret that no user sees, so the apply
// refuses.
func TestApplication_WriteOnlySecretThatTurnsOutNull(t *testing.T) {
	_, h := acctest.Start(t)
	p, config := h.Protocol(nil), parents(t, h)
	own := func(secret any, version int) map[string]any {
		return config(map[string]any{"client_secret_wo": secret, "client_secret_wo_version": version})
	}
	app := p.New("atm_application")
	acctest.WantError(t, p.ApplyOther(app, own(acctest.Unknown, 1), own(nil, 1)), "client_secret_wo", "null")
	if !app.Gone() {
		t.Fatal("the application was created all the same")
	}
	acctest.NoErrors(t, p.Apply(app, own(ownSecret, 1)))
	acctest.WantError(t, p.ApplyOther(app, own(acctest.Unknown, 2), own(nil, 2)), "client_secret_wo", "null")
	if !works(t, h, text(app, "client_id"), ownSecret) {
		t.Error("the secret was rotated all the same")
	}
}

// Whether the secret is the user's own may itself be unknown at plan.
func TestApplication_UnknownVersion(t *testing.T) {
	_, h := acctest.Start(t)
	p, config := h.Protocol(nil), parents(t, h)
	version := func(value any) map[string]any {
		return config(map[string]any{"client_secret_wo": acctest.Unknown, "client_secret_wo_version": value})
	}
	app := p.New("atm_application")
	acctest.NoErrors(t, p.ApplyOther(app, version(acctest.Unknown), config(nil)))
	if !works(t, h, text(app, "client_id"), text(app, "client_secret")) {
		t.Error("no secret was generated, or it is not in the state")
	}
}

// The whole of secret_rotation may be unknown at plan.
func TestApplication_UnknownRotation(t *testing.T) {
	_, h := acctest.Start(t)
	p, config := h.Protocol(nil), parents(t, h)
	rotation := func(value any) map[string]any { return config(map[string]any{"secret_rotation": value}) }
	triggers := func(value string) map[string]any {
		return map[string]any{"triggers": map[string]any{"quarter": value}, "previous_secret_expires_in": 60}
	}
	app := p.New("atm_application")
	acctest.NoErrors(t, p.ApplyOther(app, rotation(acctest.Unknown), rotation(triggers("1"))))
	first := text(app, "client_secret")

	plan, diags := p.Plan(app, rotation(acctest.Unknown))
	acctest.NoErrors(t, diags)
	if plan.Get("client_secret") != acctest.Unknown {
		t.Error("the plan shows a secret that the apply may replace")
	}
	acctest.NoErrors(t, p.ApplyOther(app, rotation(acctest.Unknown), rotation(triggers("2"))))
	second := text(app, "client_secret")
	if second == first || !works(t, h, text(app, "client_id"), second) || !works(t, h, text(app, "client_id"), first) {
		t.Error("the secret was not rotated, or without the overlap")
	}
}

// A module's variables are unknown to terraform validate; the plan shows which
// of the two is null.
func TestApplication_UnknownSecretAndTriggersMayExcludeEachOther(t *testing.T) {
	_, h := acctest.Start(t)
	p, config := h.Protocol(nil), parents(t, h)
	for name, more := range map[string]map[string]any{
		"both": {"client_secret_wo": acctest.Unknown, "client_secret_wo_version": acctest.Unknown, "secret_rotation": map[string]any{"triggers": acctest.Unknown}},
		"secret": {
			"client_secret_wo": acctest.Unknown, "client_secret_wo_version": acctest.Unknown,
			"secret_rotation": map[string]any{"triggers": map[string]any{"quarter": "1"}},
		},
		"triggers": {"client_secret_wo": ownSecret, "client_secret_wo_version": 1, "secret_rotation": map[string]any{"triggers": acctest.Unknown}},
		"rotation": {"client_secret_wo": ownSecret, "client_secret_wo_version": 1, "secret_rotation": acctest.Unknown},
	} {
		for _, d := range p.Validate("atm_application", config(more)) {
			t.Errorf("%s: %s", name, acctest.Print(d))
		}
	}
}
