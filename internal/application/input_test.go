package application_test

import (
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

func TestApplication_BadInput(t *testing.T) {
	_, h := acctest.Start(t)
	p := h.Protocol(nil)
	base := func(more map[string]any) map[string]any {
		config := map[string]any{"suite_id": "s", "project_id": "p", "name": "web", "authenticator_type": "user_credentials"}
		for name, value := range more {
			config[name] = value
		}
		return config
	}
	web := func(urls ...string) map[string]any {
		return base(map[string]any{"authenticator_type": "authorization_code", "redirect_urls": urls})
	}
	public := func(name string, value any) map[string]any {
		config := web("https://app.example.com/callback")
		config["authenticator_type"], config["client_authentication"], config[name] = "authorization_code_pkce", "none", value
		return config
	}
	fifty := make([]string, 51)
	for i := range fifty {
		fifty[i] = "https://app.example.com/" + strings.Repeat("x", i)
	}
	for name, test := range map[string]struct {
		config    map[string]any
		attribute string
		want      string
	}{
		"type":                      {base(map[string]any{"authenticator_type": "password"}), "authenticator_type", "user_credentials"},
		"name":                      {base(map[string]any{"name": ""}), "name", "must not be empty"},
		"access lifespan low":       {base(map[string]any{"access_token_lifespan": 59}), "access_token_lifespan", "60"},
		"access lifespan high":      {base(map[string]any{"access_token_lifespan": 86401}), "access_token_lifespan", "86400"},
		"refresh lifespan low":      {base(map[string]any{"refresh_token_lifespan": 299}), "refresh_token_lifespan", "300"},
		"refresh lifespan high":     {base(map[string]any{"refresh_token_lifespan": 31536001}), "refresh_token_lifespan", "31536000"},
		"grace":                     {base(map[string]any{"refresh_token_grace_period": 61}), "refresh_token_grace_period", "60"},
		"redirect URL null":         {base(map[string]any{"authenticator_type": "authorization_code", "redirect_urls": []any{nil}}), "redirect_urls", "null"},
		"origin null":               {base(map[string]any{"allowed_origins": []any{nil}}), "allowed_origins", "null"},
		"redirect URL is none":      {web("app.example.com"), "redirect_urls", "absolute"},
		"redirect URL of a host":    {web("localhost:3000"), "redirect_urls", "did you mean http://localhost:3000?"},
		"redirect URL fragment":     {web("https://app.example.com/#top"), "redirect_urls", "fragment"},
		"redirect URL runs":         {web("javascript:alert(1)"), "redirect_urls", "browser runs"},
		"redirect URL user":         {web("https://ada:x@app.example.com/"), "redirect_urls", "user"},
		"redirect URL wildcard":     {web("https://*.example.com/"), "redirect_urls", "matched exactly"},
		"redirect URLs too many":    {web(fifty...), "redirect_urls", "50"},
		"redirect URLs missing":     {web(), "redirect_urls", "at least one"},
		"redirect URLs not here":    {base(map[string]any{"redirect_urls": []string{"https://a.example.com"}}), "redirect_urls", "Remove"},
		"origin with a path":        {base(map[string]any{"allowed_origins": []string{"https://a.example.com/app"}}), "allowed_origins", "nothing after them"},
		"origin with a slash":       {base(map[string]any{"allowed_origins": []string{"https://a.example.com/"}}), "allowed_origins", "nothing after them"},
		"origin wildcard":           {base(map[string]any{"allowed_origins": []string{"https://*.example.com"}}), "allowed_origins", "wildcard"},
		"origin is none":            {base(map[string]any{"allowed_origins": []string{"a.example.com"}}), "allowed_origins", "did you mean https://a.example.com?"},
		"secret too short":          {base(map[string]any{"client_secret_wo": "short", "client_secret_wo_version": 1}), "client_secret_wo", "32"},
		"secret too plain":          {base(map[string]any{"client_secret_wo": strings.Repeat("ab", 20), "client_secret_wo_version": 1}), "client_secret_wo", "12"},
		"secret without version":    {base(map[string]any{"client_secret_wo": ownSecret}), "client_secret_wo_version", "client_secret_wo_version = 1"},
		"version without secret":    {base(map[string]any{"client_secret_wo_version": 1}), "client_secret_wo", "client_secret_wo"},
		"overlap":                   {base(map[string]any{"secret_rotation": map[string]any{"previous_secret_expires_in": -1}}), "secret_rotation.previous_secret_expires_in", "0"},
		"on_unknown_secret":         {base(map[string]any{"secret_rotation": map[string]any{"on_unknown_secret": "ignore"}}), "secret_rotation.on_unknown_secret", "keep"},
		"triggers and own secret":   {base(map[string]any{"client_secret_wo": ownSecret, "client_secret_wo_version": 1, "secret_rotation": map[string]any{"triggers": map[string]any{"a": "b"}}}), "secret_rotation.triggers", "exclude"},
		"public of another type":    {base(map[string]any{"client_authentication": "none"}), "client_authentication", "authorization_code_pkce"},
		"authentication":            {base(map[string]any{"client_authentication": "mtls"}), "client_authentication", "none"},
		"public with own secret":    {public("client_secret_wo", ownSecret), "client_secret_wo", "no client secret"},
		"public with a version":     {public("client_secret_wo_version", 1), "client_secret_wo_version", "no client secret"},
		"public with a rotation":    {public("secret_rotation", map[string]any{"on_unknown_secret": "rotate"}), "secret_rotation", "no client secret"},
		"public introspects":        {public("introspection_access", true), "introspection_access", "authenticates"},
		"timeouts":                  {base(map[string]any{"timeouts": map[string]any{"delete": "1 hour"}}), "timeouts.delete", "Time Duration"},
		"unknown is judged at once": {base(map[string]any{"redirect_urls": acctest.Unknown, "access_token_lifespan": 1}), "access_token_lifespan", "60"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			diags := p.Validate("atm_application", test.config)
			acctest.WantError(t, diags, test.attribute, test.want)
			for _, d := range diags {
				if strings.Contains(acctest.Print(d), ownSecret) {
					t.Errorf("a diagnostic holds the secret: %s", acctest.Print(d))
				}
			}
		})
	}
}

// A value that is not known yet may still be right.
func TestApplication_UnknownValuesPassValidation(t *testing.T) {
	_, h := acctest.Start(t)
	p := h.Protocol(nil)
	for _, name := range []string{"suite_id", "project_id", "name", "authenticator_type", "redirect_urls", "allowed_origins", "client_secret_wo", "client_secret_wo_version"} {
		config := map[string]any{
			"suite_id": "s", "project_id": "p", "name": "web", "authenticator_type": "authorization_code", "redirect_urls": []string{"https://a.example.com"},
			"client_secret_wo": ownSecret, "client_secret_wo_version": 1,
		}
		config[name] = acctest.Unknown
		if diags := p.Validate("atm_application", config); acctest.HasErrors(diags) {
			t.Errorf("%s unknown: %s", name, acctest.Print(diags[0]))
		}
	}
	for _, name := range []string{"authenticator_type", "client_authentication", "introspection_access", "secret_rotation", "client_secret_wo"} {
		config := map[string]any{
			"suite_id": "s", "project_id": "p", "name": "web", "authenticator_type": "authorization_code_pkce", "redirect_urls": []string{"https://a.example.com"},
			"client_authentication": "none",
		}
		switch name {
		case "client_authentication": // then the rest may be right
			config["client_secret_wo"], config["client_secret_wo_version"], config["introspection_access"] = ownSecret, 1, true
		case "client_secret_wo":
			config["client_secret_wo_version"] = acctest.Unknown
		}
		config[name] = acctest.Unknown
		if diags := p.Validate("atm_application", config); acctest.HasErrors(diags) {
			t.Errorf("public, %s unknown: %s", name, acctest.Print(diags[0]))
		}
	}
	config := map[string]any{
		"suite_id": "s", "project_id": "p", "name": "web", "authenticator_type": "authorization_code_pkce", "redirect_urls": []string{"https://a.example.com"},
		"client_authentication": "none", "introspection_access": false,
	}
	for _, d := range p.Validate("atm_application", config) {
		t.Errorf("public: %s", acctest.Print(d))
	}
}

func TestApplication_RefusalsOfATM(t *testing.T) {
	_, h := acctest.Start(t)
	p, config := h.Protocol(nil), parents(t, h)
	app := p.New("atm_application")
	acctest.NoErrors(t, p.Apply(app, config(nil)))
	acctest.WantError(t, p.Apply(p.New("atm_application"), config(nil)),
		"name", "taken", "import {", "to = atm_application.example", text(app, "id"))
	acctest.WantError(t, p.Apply(p.New("atm_application"), config(map[string]any{"name": "x", "project_id": "none"})), "project_id")

	for id, want := range map[string]string{
		"shop/a/none": `no application "none"`, "shop/none/worker": `no project "none"`, "none/a/worker": `no suite "none"`,
		"shop/a": "SUITE/PROJECT/APPLICATION", "NoSuchId": "SUITE/PROJECT/APPLICATION",
	} {
		_, diags := p.Import("atm_application", id, nil)
		acctest.WantError(t, diags, "", want)
	}
}

func TestApplication_DeleteWithUsersIsRefused(t *testing.T) {
	_, h := acctest.Start(t)
	p, config := h.Protocol(nil), parents(t, h)
	app := p.New("atm_application")
	acctest.NoErrors(t, p.Apply(app, config(map[string]any{"authenticator_type": "user_credentials"})))
	for _, email := range []string{"ada@example.com", "bob@example.com"} {
		user, err := h.API.CreateUser(t.Context(), atm.NewIdempotencyKey(), atm.UserCreate{
			Email: email, FirstName: "A", Role: atm.SystemUser, SuiteId: text(app, "suite_id"), ProjectId: text(app, "project_id"),
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.API.AssignUser(t.Context(), text(app, "id"), user.Id, atm.NewIdempotencyKey(), atm.ApplicationUserPut{}); err != nil {
			t.Fatal(err)
		}
	}
	acctest.WantError(t, p.Apply(app, nil), "", "has users", "force_destroy = true")
	if app.Gone() {
		t.Fatal("the application left the state though ATM kept it")
	}
	acctest.NoErrors(t, p.Apply(app, config(map[string]any{"authenticator_type": "user_credentials", "force_destroy": true})))
	acctest.NoErrors(t, p.Apply(app, nil))
}

func TestApplication_DeletionProtection(t *testing.T) {
	_, h := acctest.Start(t)
	p, config := h.Protocol(nil), parents(t, h)
	app := p.New("atm_application")
	acctest.NoErrors(t, p.Apply(app, config(map[string]any{"deletion_protection": true})))

	_, diags := p.Plan(app, nil)
	acctest.WantError(t, diags, "deletion_protection", "deletion_protection = false")
	_, diags = p.Plan(app, config(map[string]any{"deletion_protection": true, "authenticator_type": "user_credentials"}))
	acctest.WantError(t, diags, "deletion_protection", "replaced")

	acctest.NoErrors(t, p.Apply(app, config(map[string]any{"deletion_protection": false})))
	acctest.NoErrors(t, p.Apply(app, nil))
}
