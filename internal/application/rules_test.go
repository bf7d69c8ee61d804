package application_test

import (
	"fmt"
	"testing"
	"unicode/utf8"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/validation/validationtest"
)

// The provider accepts a value at plan time if and only if ATM accepts it at
// apply.
func TestApplication_PlanAndServerAgree(t *testing.T) {
	_, h := acctest.Start(t)
	p, base := h.Protocol(nil), parents(t, h)
	project := base(nil)["project_id"].(string)
	suite := base(nil)["suite_id"].(string)
	n := 0
	create := func(change func(*atm.ApplicationCreate)) error {
		n++
		application := atm.ApplicationCreate{
			Name: fmt.Sprint("corpus ", n), SuiteId: suite, ProjectId: project,
			AuthenticatorType: atm.AuthorizationCode, RedirectUrls: &[]string{"https://app.example.com/callback"},
		}
		change(&application)
		_, err := h.API.CreateApplication(t.Context(), atm.NewIdempotencyKey(), application)
		return err
	}
	for _, corpus := range []struct {
		attribute string
		cases     []validationtest.Case
		ask       func(value string) error
	}{
		{"redirect_urls", validationtest.RedirectURLs(), func(value string) error {
			return create(func(a *atm.ApplicationCreate) { a.RedirectUrls = &[]string{value} })
		}},
		{"allowed_origins", validationtest.Origins(), func(value string) error {
			return create(func(a *atm.ApplicationCreate) { a.AllowedOrigins = &[]string{value} })
		}},
		{"client_secret_wo", secrets(), func(value string) error {
			return create(func(a *atm.ApplicationCreate) { a.ClientSecret = &value })
		}},
	} {
		for _, c := range corpus.cases {
			if !utf8.ValidString(c.Value) {
				continue // no Terraform value
			}
			config := base(map[string]any{"authenticator_type": "authorization_code", "redirect_urls": []string{"https://app.example.com/callback"}})
			config[corpus.attribute] = []string{c.Value}
			if corpus.attribute == "client_secret_wo" {
				config[corpus.attribute], config["client_secret_wo_version"] = c.Value, 1
			}
			diags := p.Validate("atm_application", config)
			err := corpus.ask(c.Value)
			if planned := !acctest.HasErrors(diags); planned != (err == nil) || planned != c.OK() {
				t.Errorf("%s %q: accepted by the plan: %t, ATM: %v", corpus.attribute, c.Value, planned, err)
			}
			if !c.OK() {
				acctest.WantError(t, diags, corpus.attribute, c.Says)
			}
		}
	}
}

func secrets() []validationtest.Case {
	return []validationtest.Case{
		{Value: ownSecret}, {Value: "0123456789ab0123456789ab0123456 "}, {Value: "abcdefghijklmnopqrstuvwxyz012345"},
		{Value: "short", Says: "at least 32"}, {Value: "abababababababababababababababababab", Says: "different"},
		{Value: "Pässwört-0123456789-abcdefghijklmnop", Says: "ASCII"}, {Value: "line\nbreak-0123456789-abcdefghijklm", Says: "ASCII"},
	}
}

// A value that ATM stores in another spelling is no change.
func TestApplication_OriginsInEverySpelling(t *testing.T) {
	_, h := acctest.Start(t)
	p, base := h.Protocol(nil), parents(t, h)
	var origins []string
	for _, c := range validationtest.Origins() {
		if c.OK() {
			origins = append(origins, c.Value)
		}
	}
	config := base(map[string]any{"allowed_origins": origins})
	app := p.New("atm_application")
	acctest.NoErrors(t, p.Apply(app, config))
	wantNoPlan(t, p, app, config)
}
