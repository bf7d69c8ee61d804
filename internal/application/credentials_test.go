package application_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/validation/validationtest"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// credential is a federated credential with changes.
func credential(changes map[string]any) map[string]any {
	out := map[string]any{"name": "main", "issuer": "https://ci.example.com", "subject": "repo:octo/shop:environment:prod", "audience": "https://atm.example.com"}
	for name, value := range changes {
		out[name] = value
	}
	return out
}

func credentials(all ...map[string]any) map[string]any {
	return map[string]any{"federated_credentials": all}
}

func keys(all ...map[string]any) map[string]any { return map[string]any{"public_keys": all} }

func with(config map[string]any, more ...map[string]any) map[string]any {
	out := map[string]any{}
	for _, m := range append([]map[string]any{config}, more...) {
		for name, value := range m {
			out[name] = value
		}
	}
	return out
}

var assertion = map[string]any{"client_authentication": "assertion"}

func TestAccApplication_FederatedCredentials(t *testing.T) {
	_, h := acctest.Start(t)
	const entry = `
    name     = "main"
    issuer   = "https://token.actions.githubusercontent.com"
    subject  = "repo:octo/shop:environment:prod"
    audience = "https://atm.example.com"`
	deploy := func(authentication, credentials string, keys ...string) string {
		list := ""
		for i, key := range keys {
			list += fmt.Sprintf("{ kid = \"k%d\", pem = %q },", i, key)
		}
		if list != "" {
			list = "public_keys = [" + list + "]"
		}
		return config("deploy", "user_credentials", "a", fmt.Sprintf("client_authentication = %q\n federated_credentials = %s\n%s", authentication, credentials, list))
	}
	one := deploy("assertion", "[{"+entry+`
    claims = { repository_id = "1296269" }
  }]`, validationtest.P256PEM)
	full := deploy("assertion", "[{"+entry+`
    claims     = {}
    login_ids  = ["Zoe@example.com", "ada@example.com"]
    jwks_uri   = "https://ci.example.com/jwks"
    single_use = false
  }, {
    name = "Ångström", issuer = "http://localhost:8080", subject = "repo:octo/*", audience = "a", single_use = true
  }]`, validationtest.P256PEM, validationtest.Ed25519PEM)
	unknown := `
resource "terraform_data" "ci" {
  input = { name = "main", issuer = "https://ci.example.com", subject = "a", audience = "b", claims = null, login_ids = null, jwks_uri = null, single_use = null }
}` + deploy("assertion", "[terraform_data.ci.output]")
	noPlan := func(config string) resource.TestStep {
		return resource.TestStep{Config: config, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}}
	}
	imported := func(config string) resource.TestStep {
		return resource.TestStep{
			Config: config, ResourceName: it, ImportState: true, ImportStateKind: resource.ImportBlockWithID,
			ImportPlanChecks: resource.ImportPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(it, plancheck.ResourceActionNoop)}},
		}
	}
	id := statecheck.CompareValue(acctest.Same())
	same := func() statecheck.StateCheck { return id.AddStateValue(it, tfjsonpath.New("id")) }
	h.Run(
		resource.TestStep{Config: one, ConfigStateChecks: []statecheck.StateCheck{
			same(), value("client_secret", knownvalue.Null()), value("secret_version", knownvalue.Int64Exact(0)),
			value("federated_credentials", knownvalue.SetExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
				"name": knownvalue.StringExact("main"), "issuer": knownvalue.StringExact("https://token.actions.githubusercontent.com"),
				"subject": knownvalue.StringExact("repo:octo/shop:environment:prod"), "audience": knownvalue.StringExact("https://atm.example.com"),
				"claims":    knownvalue.MapExact(map[string]knownvalue.Check{"repository_id": knownvalue.StringExact("1296269")}),
				"login_ids": knownvalue.Null(), "jwks_uri": knownvalue.Null(), "single_use": knownvalue.Null(),
			})})),
			value("public_keys", knownvalue.SetExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
				"kid": knownvalue.StringExact("k0"), "pem": knownvalue.StringExact(validationtest.P256PEM),
			})})),
		}},
		resource.TestStep{ResourceName: it, ImportState: true, ImportStateVerify: true},
		imported(one),
		resource.TestStep{Config: unknown, ConfigPlanChecks: acctest.Planned(it, plancheck.ResourceActionUpdate)},
		resource.TestStep{Config: full, ConfigPlanChecks: acctest.Planned(it, plancheck.ResourceActionUpdate), ConfigStateChecks: []statecheck.StateCheck{
			same(), value("federated_credentials", knownvalue.SetSizeExact(2)), value("public_keys", knownvalue.SetSizeExact(2)),
		}},
		noPlan(full),
		imported(full), // claims = {} and single_use = false are what an import reads as null
		resource.TestStep{Config: deploy("secret", "[{"+entry+"}]"), ConfigPlanChecks: acctest.Planned(it, plancheck.ResourceActionUpdate), ConfigStateChecks: []statecheck.StateCheck{
			same(), value("client_secret", acctest.Text(`^[A-Za-z0-9]{32}$`)), value("federated_credentials", knownvalue.SetSizeExact(1)), value("public_keys", knownvalue.Null()),
		}},
		resource.TestStep{Config: deploy("secret", "[]"), ConfigPlanChecks: acctest.Planned(it, plancheck.ResourceActionUpdate), ConfigStateChecks: []statecheck.StateCheck{
			value("federated_credentials", knownvalue.SetExact(nil)),
		}},
		noPlan(deploy("secret", "[]")),
		resource.TestStep{Config: deploy("secret", "null"), ConfigStateChecks: []statecheck.StateCheck{value("federated_credentials", knownvalue.Null())}},
		resource.TestStep{Config: deploy("assertion", "null"), ConfigStateChecks: []statecheck.StateCheck{same(), value("client_secret", knownvalue.Null())}},
	)
}

// Every attribute of an entry is changed in place and seen when it drifts, by a
// write with exactly what it has.
func TestApplication_FederatedCredentialsDrift(t *testing.T) {
	_, h := acctest.Start(t)
	p, base := h.Protocol(nil), parents(t, h)
	flow := map[string]any{"authenticator_type": "user_credentials"}
	first := base(with(flow, assertion, credentials(credential(nil)), keys(map[string]any{"kid": "1", "pem": validationtest.P256PEM})))
	app := p.New("atm_application")
	acctest.NoErrors(t, p.Apply(app, first))
	wantNoPlan(t, p, app, first)
	for name, more := range map[string]map[string]any{
		"name": credentials(credential(map[string]any{"name": "other"})), "issuer": credentials(credential(map[string]any{"issuer": "https://ci.example.com/"})),
		"subject": credentials(credential(map[string]any{"subject": "repo:octo/*"})), "audience": credentials(credential(map[string]any{"audience": "b"})),
		"claims":     credentials(credential(map[string]any{"claims": map[string]any{"ref": "refs/heads/main", "empty": ""}})),
		"login ids":  credentials(credential(map[string]any{"login_ids": []string{"b@example.com", "a@example.com"}})),
		"jwks uri":   credentials(credential(map[string]any{"jwks_uri": "https://ci.example.com/jwks"})),
		"single use": credentials(credential(map[string]any{"single_use": true})),
		"another":    credentials(credential(nil), credential(map[string]any{"name": "z", "audience": "z"})),
		"none":       {"federated_credentials": nil}, "kid": keys(map[string]any{"kid": "2", "pem": validationtest.P256PEM}),
		"no kid": keys(map[string]any{"pem": validationtest.P256PEM}), "key": keys(map[string]any{"kid": "1", "pem": validationtest.Ed25519PEM}),
		"no key": {"public_keys": nil},
	} {
		config, before := with(first, more), *app
		plan := planOf(t, p, app, config)
		if !plan.Changes(app) {
			t.Errorf("%s: the plan is empty", name)
		}
		acctest.NoErrors(t, p.Apply(app, config))
		wantNoPlan(t, p, app, config)
		if text(app, "id") != text(&before, "id") {
			t.Errorf("%s: the application was replaced", name)
		}
		before.Private = app.Private
		*app = before // as if the change was made outside Terraform
		if !planOf(t, p, app, first).Changes(app) {
			t.Errorf("%s: the plan does not show that it was changed outside Terraform", name)
		}
		acctest.NoErrors(t, p.Apply(app, first))
		wantNoPlan(t, p, app, first)
	}
}

// A change whose response was lost is recognised as the provider's own.
func TestApplication_FederatedCredentialsWithoutAResponse(t *testing.T) {
	server, h := acctest.Start(t)
	p, base := h.Protocol(nil), parents(t, h)
	app := p.New("atm_application")
	acctest.NoErrors(t, p.Apply(app, base(nil)))
	config := base(with(map[string]any{"name": "renamed"}, credentials(
		credential(map[string]any{"name": "A\u030angstro\u0308m", "claims": map[string]any{}}), credential(map[string]any{"name": "a", "claims": map[string]any{"z": "1", "a": "2"}, "single_use": false}),
	), keys(map[string]any{"kid": "2", "pem": "\n" + validationtest.P256PEM}, map[string]any{"pem": validationtest.Ed25519PEM})))
	defer server.Fail(testserver.Fault{Method: "PATCH", Path: "/api/v1/applications/*", Drop: testserver.DropAfter, Times: 1})()
	acctest.NoErrors(t, p.Apply(app, config))
	wantNoPlan(t, p, app, config)
}

func TestApplication_FederatedCredentialsBadInput(t *testing.T) {
	_, h := acctest.Start(t)
	p, base := h.Protocol(nil), parents(t, h)
	var many, logins []map[string]any
	for i := range 21 {
		many = append(many, credential(map[string]any{"name": fmt.Sprint("c", i), "audience": fmt.Sprint("a", i)}))
	}
	for i := range 6 {
		logins = append(logins, map[string]any{"kid": fmt.Sprint(i), "pem": validationtest.P256PEM})
	}
	claims := map[string]any{}
	for i := range 11 {
		claims[fmt.Sprint(i)] = "x"
	}
	one := func(attribute string, value any) map[string]any {
		return credentials(credential(map[string]any{attribute: value}))
	}
	person := map[string]any{"authenticator_type": "user_credentials"}
	pkce := map[string]any{"authenticator_type": "authorization_code_pkce", "redirect_urls": []string{"https://a.example.com"}, "client_authentication": "none"}
	for name, test := range map[string]struct {
		config    map[string]any
		attribute string
		want      []string
	}{
		"21 entries":            {credentials(many...), "federated_credentials", []string{"20"}},
		"6 keys":                {keys(logins...), "public_keys", []string{"5"}},
		"null entry":            {map[string]any{"federated_credentials": []any{nil}}, "federated_credentials", []string{"null"}},
		"null key":              {map[string]any{"public_keys": []any{nil}}, "public_keys", []string{"null"}},
		"http issuer":           {one("issuer", "http://ci.example.com"), "federated_credentials", []string{`"main"`, "issuer", "https://"}},
		"http keys":             {one("jwks_uri", "http://ci.example.com/jwks"), "federated_credentials", []string{`"main"`, "jwks_uri", "https://"}},
		"name":                  {one("name", "a/b"), "federated_credentials", []string{`"a/b"`, "slash"}},
		"11 claims":             {one("claims", claims), "federated_credentials", []string{`"main"`, "claims", "10"}},
		"null claim":            {one("claims", map[string]any{"ref": nil}), "federated_credentials", []string{`"main"`, "claims", `"ref"`}},
		"empty claim":           {one("claims", map[string]any{"": "x"}), "federated_credentials", []string{`"main"`, "claims", "empty"}},
		"no user":               {with(person, one("login_ids", []string{})), "federated_credentials", []string{`"main"`, "login_ids", "at least one user"}},
		"null login":            {with(person, one("login_ids", []any{nil})), "federated_credentials", []string{`"main"`, "null"}},
		"no email":              {with(person, one("login_ids", []string{"ada"})), "federated_credentials", []string{`"main"`, `"ada"`, "email address"}},
		"users of a machine":    {one("login_ids", []string{"ada@example.com"}), "federated_credentials", []string{`"main"`, "client_credentials"}},
		"nothing":               {credentials(map[string]any{}), "federated_credentials", []string{"issuer must be set"}},
		"no pem":                {keys(map[string]any{"kid": "a"}), "public_keys", []string{`"a": pem must be set`}},
		"same name":             {credentials(credential(nil), credential(map[string]any{"audience": "b"})), "federated_credentials", []string{`"main"`, "unique"}},
		"same name in NFC":      {credentials(credential(map[string]any{"name": "\u00e9"}), credential(map[string]any{"name": "e\u0301", "audience": "b"})), "federated_credentials", []string{"unique"}},
		"same token":            {credentials(credential(nil), credential(map[string]any{"name": "b", "claims": map[string]any{}})), "federated_credentials", []string{`"main"`, `"b"`, "differ"}},
		"same kid":              {keys(map[string]any{"kid": "a", "pem": validationtest.P256PEM}, map[string]any{"kid": "a", "pem": validationtest.Ed25519PEM}), "public_keys", []string{`"a"`, "unique"}},
		"same key":              {keys(map[string]any{"pem": validationtest.P256PEM}, map[string]any{"pem": "\n" + validationtest.P256PEM}), "public_keys", []string{"differ"}},
		"kid empty":             {keys(map[string]any{"kid": "", "pem": validationtest.P256PEM}), "public_keys", []string{"kid", "empty"}},
		"public client":         {with(pkce, credentials(credential(nil))), "federated_credentials", []string{"does not authenticate"}},
		"public client's key":   {with(pkce, keys(map[string]any{"pem": validationtest.P256PEM})), "public_keys", []string{"does not authenticate"}},
		"own secret":            {with(assertion, map[string]any{"client_secret_wo": ownSecret}), "client_secret_wo", []string{"no client secret"}},
		"version of own secret": {with(assertion, map[string]any{"client_secret_wo_version": 1}), "client_secret_wo_version", []string{"no client secret"}},
		"rotation":              {with(assertion, map[string]any{"secret_rotation": map[string]any{"on_unknown_secret": "keep"}}), "secret_rotation", []string{"no client secret"}},
	} {
		acctest.WantError(t, p.Validate("atm_application", base(test.config)), test.attribute, test.want...)
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// An unknown value may still be right, as a whole and in part.
func TestApplication_FederatedCredentialsUnknown(t *testing.T) {
	_, h := acctest.Start(t)
	p, base := h.Protocol(nil), parents(t, h)
	u := acctest.Unknown
	configs := []map[string]any{
		{"federated_credentials": u, "public_keys": u}, {"federated_credentials": []any{u, credential(nil)}, "public_keys": []any{u, u}},
		credentials(credential(map[string]any{"claims": map[string]any{}, "issuer": u}), credential(map[string]any{"name": u})),
		credentials(credential(map[string]any{"name": u}), credential(map[string]any{"name": u, "subject": u}), credential(map[string]any{"name": u, "claims": u})),
		keys(map[string]any{"kid": u, "pem": u}, map[string]any{"kid": "a", "pem": u}, map[string]any{"pem": validationtest.P256PEM}),
		with(map[string]any{"client_authentication": u, "client_secret_wo": ownSecret, "client_secret_wo_version": 1}, credentials(credential(nil))),
	}
	for _, attribute := range []string{"name", "issuer", "subject", "audience", "claims", "login_ids", "jwks_uri", "single_use"} {
		configs = append(configs, credentials(credential(map[string]any{attribute: u})))
	}
	for i, config := range configs {
		for _, d := range p.Validate("atm_application", base(config)) {
			t.Errorf("%d: %s", i, acctest.Print(d))
		}
		if _, diags := p.Plan(p.New("atm_application"), base(config)); len(diags) > 0 {
			t.Errorf("%d: %s", i, acctest.Print(diags[0]))
		}
	}
	// The provider does not send a value that turns out wrong at apply.
	person := func(logins any, pem any) map[string]any {
		config := with(map[string]any{"authenticator_type": "user_credentials"}, credentials(credential(map[string]any{"login_ids": logins})), keys(map[string]any{"pem": pem}))
		if logins == u {
			config["federated_credentials"] = u
		}
		if pem == u {
			config["public_keys"] = u
		}
		return base(config)
	}
	app := p.New("atm_application")
	const private = "-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n"
	for range 2 { // the create, and the update
		exists := !app.Gone()
		acctest.WantError(t, p.ApplyOther(app, person(u, validationtest.P256PEM), person([]string{}, validationtest.P256PEM)), "federated_credentials", `"main"`, "at least one user")
		diags := p.ApplyOther(app, person(nil, u), person(nil, private))
		acctest.WantError(t, diags, "public_keys", "private one")
		if strings.Contains(acctest.Print(diags[0]), "MC4") {
			t.Error("the diagnostic contains the key")
		}
		if app.Gone() == exists {
			t.Error("it was written")
		}
		acctest.NoErrors(t, p.ApplyOther(app, person(u, u), person([]string{"ada@example.com"}, validationtest.P256PEM)))
	}
}

// ATM's refusals are on the attribute and name the entry.
func TestApplication_FederatedCredentialsRefused(t *testing.T) {
	server, h := acctest.Start(t)
	p, base := h.Protocol(nil), parents(t, h)
	app := p.New("atm_application")
	person := map[string]any{"authenticator_type": "user_credentials"}
	plain := base(with(person, credentials(credential(map[string]any{"audience": "a"}))))
	own := base(with(person, credentials(credential(map[string]any{"name": "other", "issuer": server.URL}), credential(map[string]any{"audience": "a"}))))
	acctest.WantError(t, p.Apply(app, own), "federated_credentials", `"other": issuer must not be this server`)
	acctest.NoErrors(t, p.Apply(app, plain))
	acctest.WantError(t, p.Apply(app, own), "federated_credentials", `"other": issuer must not be this server`)

	super, err := h.API.CreateUser(t.Context(), atm.NewIdempotencyKey(), atm.UserCreate{
		Email: "super@example.com", FirstName: "S", Role: atm.SuperAdmin, SuiteId: text(app, "suite_id"), ProjectId: text(app, "project_id"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.API.AssignUser(t.Context(), text(app, "id"), super.Id, atm.NewIdempotencyKey(), atm.ApplicationUserPut{}); err != nil {
		t.Fatal(err)
	}
	suite := h.Protocol(h.As(atm.SuiteAdmin, text(app, "suite_id"), text(app, "project_id")))
	diags := suite.Apply(app, base(with(person, credentials(credential(map[string]any{"audience": "b"}), credential(map[string]any{"name": "new"})), keys(map[string]any{"kid": "k", "pem": validationtest.P256PEM}))))
	acctest.WantError(t, diags, "federated_credentials", "Permission denied", `"main", "new"`, "role super_admin", "role suite_admin")
	acctest.WantError(t, diags, "public_keys", "Permission denied", `"k"`)
	acctest.WantError(t, suite.Apply(app, base(with(person, map[string]any{"name": "renamed"}, credentials(credential(map[string]any{"audience": "a"}))))), "", "Permission denied")
}

// Data sources have sets that can be iterated, also where there are no entries.
func TestAccApplication_FederatedCredentialsOfDataSources(t *testing.T) {
	_, h := acctest.Start(t)
	h.Run(resource.TestStep{
		Config: config("deploy", "user_credentials", "a", fmt.Sprintf(`
  federated_credentials = [{ name = "main", issuer = "https://ci.example.com", subject = "a", audience = "b", claims = { ref = "main" }, login_ids = ["ada@example.com"] }]
  public_keys           = [{ kid = "k", pem = %q }]`, validationtest.P256PEM)) + `
resource "atm_application" "plain" {
  suite_id           = atm_suite.shop.id
  project_id         = atm_project.a.id
  name               = "plain"
  authenticator_type = "user_credentials"
}
data "atm_application" "it" { id = atm_application.it.id }
data "atm_applications" "all" {
  suite_id   = atm_suite.shop.id
  depends_on = [atm_application.it, atm_application.plain]
}
output "one" { value = [for c in data.atm_application.it.federated_credentials : "${c.name} ${c.issuer} ${c.subject} ${c.audience} ${c.claims.ref} ${one(c.login_ids)} ${c.single_use}"] }
output "key" { value = [for k in data.atm_application.it.public_keys : k.kid] }
output "all" { value = { for a in data.atm_applications.all.applications : a.name => [length(a.federated_credentials), length(a.public_keys)] } }`,
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("one", knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("main https://ci.example.com a b main ada@example.com false")})),
			statecheck.ExpectKnownOutputValue("key", knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("k")})),
			statecheck.ExpectKnownOutputValue("all", knownvalue.ObjectExact(map[string]knownvalue.Check{
				"deploy": knownvalue.ListExact([]knownvalue.Check{knownvalue.Int64Exact(1), knownvalue.Int64Exact(1)}),
				"plain":  knownvalue.ListExact([]knownvalue.Check{knownvalue.Int64Exact(0), knownvalue.Int64Exact(0)}),
			})),
		},
	})
}

// Each way to authenticate, to each other one, in place.
func TestApplication_ClientAuthenticationAssertion(t *testing.T) {
	ways := []string{"secret", "assertion", "none"}
	for _, from := range ways {
		for _, to := range ways {
			if (from == "assertion") == (to == "assertion") {
				continue
			}
			t.Run(from+" to "+to, func(t *testing.T) {
				b := newBrowser(t)
				as := func(how string) map[string]any {
					more := map[string]any{"client_authentication": how}
					if how == "assertion" {
						more = with(more, credentials(credential(nil)))
					}
					return b.base(more)
				}
				b.apply(t, as(from))
				id := text(b.app, "id")
				plan, diags := b.p.Plan(b.app, as(to))
				if to == "none" {
					acctest.WantWarning(t, diags, "", signAgain, `from "assertion" to "none"`)
				} else {
					wantNoWarnings(t, diags)
				}
				if secret := plan.Get("client_secret"); (secret == acctest.Unknown) != (to == "secret") {
					t.Errorf("the plan has the secret %v", secret)
				}
				b.apply(t, as(to))
				version, _ := b.app.Get("secret_version").(int64)
				if (version > 0) != (to == "secret") {
					t.Errorf("secret_version is %d", version)
				}
				b.want(t, int(version), "")
				wantNoPlan(t, b.p, b.app, as(to))
				if text(b.app, "id") != id {
					t.Error("the application was replaced")
				}
			})
		}
	}
}

// The provider's own application loses the secret that it may sign in with.
func TestApplication_WarnsBeforeItsOwnSecretIsDeleted(t *testing.T) {
	_, h := acctest.Start(t)
	base := parents(t, h)
	suite, project := base(nil)["suite_id"].(string), base(nil)["project_id"].(string)
	settings := h.As(atm.SuperAdmin, suite, project)
	p := h.Protocol(settings)
	list, err := h.API.Applications(t.Context(), atm.ListApplicationsParams{ProjectId: &project})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d applications: %v", len(list), err)
	}
	app, diags := p.Import("atm_application", list[0].Id, nil)
	acctest.NoErrors(t, diags)
	config := base(with(assertion, credentials(credential(nil)), map[string]any{"name": list[0].Name, "authenticator_type": "user_credentials", "management_access": true}))
	_, diags = p.Plan(app, config)
	acctest.WantWarning(t, diags, "", "provider's own secret", "client_id")
}
