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
	type corpus struct {
		attribute string
		cases     []validationtest.Case
		ask       func(value string) error
		config    func(value string) map[string]any // nil where the attribute is a list of the values
	}
	trusts := func(attribute string, cases []validationtest.Case, set func(*atm.FederatedCredential, string)) corpus {
		return corpus{"federated_credentials", cases, func(value string) error {
			return create(func(a *atm.ApplicationCreate) {
				c := atm.FederatedCredential{Name: "main", Issuer: "https://ci.example.com", Subject: "a", Audience: "b"}
				set(&c, value)
				a.FederatedCredentials = &[]atm.FederatedCredential{c}
			})
		}, func(value string) map[string]any { return credentials(credential(map[string]any{attribute: value})) }}
	}
	for _, corpus := range []corpus{
		{"redirect_urls", validationtest.RedirectURLs(), func(value string) error {
			return create(func(a *atm.ApplicationCreate) { a.RedirectUrls = &[]string{value} })
		}, nil},
		{"allowed_origins", validationtest.Origins(), func(value string) error {
			return create(func(a *atm.ApplicationCreate) { a.AllowedOrigins = &[]string{value} })
		}, nil},
		{"client_secret_wo", secrets(), func(value string) error {
			return create(func(a *atm.ApplicationCreate) { a.ClientSecret = &value })
		}, func(value string) map[string]any {
			return map[string]any{"client_secret_wo": value, "client_secret_wo_version": 1}
		}},
		trusts("issuer", validationtest.Issuers(), func(c *atm.FederatedCredential, value string) { c.Issuer = value }),
		trusts("subject", validationtest.Subjects(), func(c *atm.FederatedCredential, value string) { c.Subject = value }),
		trusts("audience", validationtest.Audiences(), func(c *atm.FederatedCredential, value string) { c.Audience = value }),
		trusts("jwks_uri", validationtest.JWKSURIs(), func(c *atm.FederatedCredential, value string) { c.JwksUri = &value }),
		{"public_keys", validationtest.PublicKeys(), func(value string) error {
			return create(func(a *atm.ApplicationCreate) { a.PublicKeys = &[]atm.PublicKey{{Pem: value}} })
		}, func(value string) map[string]any { return keys(map[string]any{"pem": value}) }},
	} {
		for _, c := range corpus.cases {
			if !utf8.ValidString(c.Value) {
				continue // no Terraform value
			}
			config := base(map[string]any{"authenticator_type": "authorization_code", "redirect_urls": []string{"https://app.example.com/callback"}})
			if corpus.config == nil {
				config[corpus.attribute] = []string{c.Value}
			} else {
				config = with(config, corpus.config(c.Value))
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
