package application_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

const signAgain = "Users have to sign in again"

// browser is an application that can be a public client.
type browser struct {
	server *testserver.Server
	h      *acctest.Harness
	p      *acctest.Protocol
	app    *acctest.Object
	base   func(more map[string]any) map[string]any
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	server, h := acctest.Start(t)
	p := h.Protocol(map[string]any{"max_retries": 0})
	in := parents(t, h)
	return &browser{server: server, h: h, p: p, app: p.New("atm_application"), base: func(more map[string]any) map[string]any {
		config := in(map[string]any{"authenticator_type": "authorization_code_pkce", "redirect_urls": []string{"https://app.example.com/callback"}})
		for name, value := range more {
			config[name] = value
		}
		return config
	}}
}

func (b *browser) public() map[string]any {
	return b.base(map[string]any{"client_authentication": "none"})
}

func (b *browser) confidential(own string) map[string]any {
	if own == "" {
		return b.base(nil)
	}
	return b.base(map[string]any{"client_secret_wo": own, "client_secret_wo_version": 1})
}

func (b *browser) apply(t *testing.T, config map[string]any) []*tfprotov6.Diagnostic {
	t.Helper()
	acctest.NoErrors(t, b.p.Refresh(b.app))
	diags := b.p.Apply(b.app, config)
	acctest.NoErrors(t, diags)
	return diags
}

// want checks the secret that the state has, or a secret of one's own: ATM has
// the version, and accepts the secret. Version 0 is no secret.
func (b *browser) want(t *testing.T, version int, own string) {
	t.Helper()
	now, err := b.h.API.Application(t.Context(), text(b.app, "id"))
	if err != nil {
		t.Fatal(err)
	}
	if now.SecretVersion != version || b.app.Get("secret_version") != int64(version) {
		t.Errorf("secret_version is %v in the state and %d in ATM, want %d", b.app.Get("secret_version"), now.SecretVersion, version)
	}
	secret := text(b.app, "client_secret")
	if (secret != "") != (version > 0 && own == "") {
		t.Errorf("that the state has a client secret is %t", secret != "")
	}
	if own != "" {
		secret = own
	}
	if version > 0 && !b.authenticates(t, secret) {
		t.Error("ATM does not accept the secret")
	}
}

// authenticates reports whether the introspection endpoint, which is open to
// every type of application, accepts the secret.
func (b *browser) authenticates(t *testing.T, secret string) bool {
	t.Helper()
	form := url.Values{"client_id": {text(b.app, "client_id")}, "client_secret": {secret}, "token": {"none"}}
	got, err := http.PostForm(b.server.URL+"/auth/introspect", form)
	if err != nil {
		t.Fatal(err)
	}
	got.Body.Close()
	return got.StatusCode == http.StatusOK
}

// outside changes client_authentication outside Terraform.
func (b *browser) outside(t *testing.T, authentication atm.ApplicationPatchClientAuthentication) {
	t.Helper()
	var patch atm.ApplicationPatch
	patch.ClientAuthentication.Set(authentication)
	if _, err := b.h.API.UpdateApplication(t.Context(), text(b.app, "id"), "", patch); err != nil {
		t.Fatal(err)
	}
}

func wantNoWarnings(t *testing.T, diags []*tfprotov6.Diagnostic) {
	t.Helper()
	for _, d := range diags {
		t.Errorf("unexpected: %s", acctest.Print(d))
	}
}

// Both directions, in place, with a generated secret and with one's own: what
// the plan shows, and what the apply leaves.
func TestApplication_ClientAuthenticationChangesInPlace(t *testing.T) {
	for name, own := range map[string]string{"generated": "", "own": ownSecret} {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(t)
			plan := planOf(t, b.p, b.app, b.public())
			if plan.Get("client_secret") != nil || plan.Get("secret_version") != int64(0) {
				t.Error("the plan of a create does not show that there is no secret")
			}
			wantNoWarnings(t, b.apply(t, b.public()))
			b.want(t, 0, "")
			wantNoPlan(t, b.p, b.app, b.public())
			id := text(b.app, "id")

			plan = planOf(t, b.p, b.app, b.confidential(own))
			if plan.Get("secret_version") != acctest.Unknown || own == "" && plan.Get("client_secret") != acctest.Unknown {
				t.Error("the plan does not show the secret to come")
			}
			wantNoWarnings(t, b.apply(t, b.confidential(own)))
			b.want(t, 1, own)
			wantNoPlan(t, b.p, b.app, b.confidential(own))
			first := text(b.app, "client_secret")

			if plan := planOf(t, b.p, b.app, b.public()); plan.Get("client_secret") != nil || plan.Get("secret_version") != int64(0) {
				t.Error("the plan does not show that the secret goes")
			}
			acctest.WantWarning(t, b.apply(t, b.public()), "", signAgain, `from "secret" to "none"`)
			b.want(t, 0, "")
			wantNoPlan(t, b.p, b.app, b.public())

			// Within the 24 hours for which ATM keeps the result of the same request.
			b.apply(t, b.confidential(own))
			if own == "" && text(b.app, "client_secret") == first {
				t.Error("the secret is the deleted one")
			}
			version, _ := b.app.Get("secret_version").(int64)
			b.want(t, int(version), own)
			wantNoPlan(t, b.p, b.app, b.confidential(own))
			if text(b.app, "id") != id {
				t.Error("the application was replaced")
			}
		})
	}
}

// The change to secret is two requests. Wherever it ends, the next apply
// completes it, and a secret that ATM has set already is not replaced.
func TestApplication_ClientAuthenticationUnderFaults(t *testing.T) {
	for _, own := range []string{"", ownSecret} {
		t.Run("stores its key"+title(" own", own != ""), func(t *testing.T) {
			b := newBrowser(t)
			b.apply(t, b.confidential(own))
			b.apply(t, b.public())
			killed := *b.app // without a refresh, which stores the key too
			config := b.confidential(own)
			config["timeouts"] = map[string]any{"update": "1s"}
			remove := b.server.Fail(testserver.Fault{Method: "POST", Path: rotationPath, Drop: testserver.DropAfter})
			acctest.WantError(t, b.p.Apply(b.app, config), "", "unknown whether the secret was rotated")
			remove()
			*b.app = killed
			b.apply(t, config)
			b.want(t, 2, own)
		})
		for _, fault := range []testserver.Fault{
			{Method: "PATCH", Path: "/api/v1/applications/*", Drop: testserver.DropBefore},
			{Method: "PATCH", Path: "/api/v1/applications/*", Drop: testserver.DropAfter},
			{Method: "POST", Path: rotationPath, Drop: testserver.DropBefore},
			{Method: "POST", Path: rotationPath, Drop: testserver.DropAfter},
			{Method: "GET", Path: "/api/v1/applications/*", Drop: testserver.DropBefore},
		} {
			for _, ended := range []string{"failed", "killed", "provider killed"} {
				t.Run(title("own", own != "")+fault.Method+" "+fault.Drop+" "+ended, func(t *testing.T) {
					b := newBrowser(t)
					b.apply(t, b.public())
					killed := *b.app
					config := b.confidential(own)
					config["timeouts"] = map[string]any{"update": "1s"} // until then the provider repeats the request
					remove := b.server.Fail(fault)
					if !acctest.HasErrors(b.p.Apply(b.app, config)) {
						t.Fatal("the fault was not met")
					}
					remove()
					if ended != "failed" {
						*b.app = killed
					}
					want := 1
					if ended == "provider killed" {
						b.app.Private = nil // Terraform drops it, and with it the key
						if fault.Method == "GET" || fault.Method == "POST" && fault.Drop == testserver.DropAfter {
							want = 2
						}
					}
					b.apply(t, config)
					b.want(t, want, own)
					wantNoPlan(t, b.p, b.app, config)
				})
			}
		}
	}
}

// A lost response to the change to none is recognised as the provider's own.
func TestApplication_ClientAuthenticationNoneWithoutAResponse(t *testing.T) {
	b := newBrowser(t)
	b.apply(t, b.confidential(""))
	b.p = b.h.Protocol(nil)
	defer b.server.Fail(testserver.Fault{Method: "PATCH", Path: "/api/v1/applications/*", Drop: testserver.DropAfter, Times: 1})()
	b.apply(t, b.public())
	b.want(t, 0, "")
	wantNoPlan(t, b.p, b.app, b.public())
}

// A change to none outside Terraform deletes the secret that Terraform knows.
// The next plan shows that, and the apply sets another one.
func TestApplication_ClientAuthenticationDrifts(t *testing.T) {
	b := newBrowser(t)
	b.apply(t, b.confidential(""))
	first := text(b.app, "client_secret")
	for _, back := range []bool{false, true} {
		b.outside(t, atm.ApplicationPatchClientAuthenticationNone)
		if back {
			b.outside(t, atm.ApplicationPatchClientAuthenticationSecret)
		}
		diags := b.p.Refresh(b.app)
		acctest.NoErrors(t, diags)
		if b.app.Get("client_secret") != nil || b.app.Get("secret_version") != int64(0) {
			t.Error("the state keeps a secret that ATM has deleted")
		}
		plan, diags := b.p.Plan(b.app, b.confidential(""))
		wantNoWarnings(t, diags)
		if plan.Get("client_secret") != acctest.Unknown {
			t.Error("the plan does not show the secret to come")
		}
		b.apply(t, b.confidential(""))
		version, _ := b.app.Get("secret_version").(int64)
		b.want(t, int(version), "")
		if text(b.app, "client_secret") == first {
			t.Error("the secret is the deleted one")
		}
		wantNoPlan(t, b.p, b.app, b.confidential(""))
	}

	b.apply(t, b.public())
	b.outside(t, atm.ApplicationPatchClientAuthenticationSecret)
	plan := planOf(t, b.p, b.app, b.public())
	if plan.Get("client_secret") != nil || plan.Get("secret_version") != int64(0) || !plan.Changes(b.app) {
		t.Error("the plan does not change client_authentication back")
	}
	b.apply(t, b.public())
	b.want(t, 0, "")
}

// The provider cannot tell whose secret ATM has: the plan says so before the
// apply replaces one that others set.
func TestApplication_ClientAuthenticationAdoptedFromOutside(t *testing.T) {
	b := newBrowser(t)
	b.apply(t, b.public())
	b.outside(t, atm.ApplicationPatchClientAuthenticationSecret)
	outside, err := b.h.API.RotateSecret(t.Context(), text(b.app, "id"), "", atm.NewIdempotencyKey(), atm.SecretRotation{})
	if err != nil {
		t.Fatal(err)
	}
	acctest.WantWarning(t, b.apply(t, b.confidential("")), "", "no overlap", "version 1 of the client secret", "previous_secret_expires_in")
	b.want(t, 2, "")
	if b.authenticates(t, *outside.ClientSecret) {
		t.Error("the replaced secret still works")
	}
}

// Nothing is unknown about the secret of an application that has none, and
// on_unknown_secret does not act.
func TestApplication_ImportOfAPublicClientPlansClean(t *testing.T) {
	b := newBrowser(t)
	b.apply(t, b.public())
	app, diags := b.p.Import("atm_application", text(b.app, "id"), nil)
	wantNoWarnings(t, diags)
	b.app = app
	plan, diags := b.p.Plan(app, b.public())
	wantNoWarnings(t, diags)
	if plan.Changes(app) {
		t.Errorf("the plan is not empty: %s, state: %s", plan.Planned, app.State)
	}
	// Its key is stored by the import, so that a change to secret can be repeated.
	killed := *app
	remove := b.server.Fail(testserver.Fault{Method: "POST", Path: rotationPath, Drop: testserver.DropAfter})
	config := b.confidential("")
	config["timeouts"] = map[string]any{"update": "1s"}
	if !acctest.HasErrors(b.p.Apply(app, config)) {
		t.Fatal("the fault was not met")
	}
	remove()
	*b.app = killed
	b.apply(t, config)
	b.want(t, 1, "")
}

// A secret that Terraform did not know is gone with the change to none.
func TestApplication_UnknownSecretEndsWithTheChangeToNone(t *testing.T) {
	b := newBrowser(t)
	b.apply(t, b.confidential(""))
	app, diags := b.p.Import("atm_application", text(b.app, "id"), nil)
	acctest.NoErrors(t, diags)
	b.app = app
	acctest.NoErrors(t, b.p.Apply(app, b.public()))
	plan, diags := b.p.Plan(app, b.public()) // without a refresh
	wantNoWarnings(t, diags)
	if plan.Changes(app) {
		t.Error("the plan is not empty")
	}
	plan, diags = b.p.Plan(app, b.confidential(""))
	wantNoWarnings(t, diags)
	if plan.Get("client_secret") != acctest.Unknown {
		t.Error("the plan does not show the secret to come")
	}
	acctest.NoErrors(t, b.p.Apply(app, b.confidential("")))
	wantNoPlan(t, b.p, app, b.confidential(""))
}

// How the application authenticates may be unknown at plan.
func TestApplication_UnknownClientAuthentication(t *testing.T) {
	for _, from := range []string{"", "none", "secret"} {
		for _, to := range []string{"none", "secret"} {
			t.Run(from+" to "+to, func(t *testing.T) {
				b := newBrowser(t)
				as := func(value any) map[string]any { return b.base(map[string]any{"client_authentication": value}) }
				if from != "" {
					b.apply(t, as(from))
				}
				plan, diags := b.p.Plan(b.app, as(acctest.Unknown))
				wantNoWarnings(t, diags)
				if plan.Get("client_secret") != acctest.Unknown || plan.Get("secret_version") != acctest.Unknown {
					t.Error("the plan promises a secret, or none")
				}
				acctest.NoErrors(t, b.p.ApplyOther(b.app, as(acctest.Unknown), as(to)))
				version, _ := b.app.Get("secret_version").(int64)
				if (version == 0) != (to == "none") {
					t.Errorf("secret_version is %d", version)
				}
				b.want(t, int(version), "")
				wantNoPlan(t, b.p, b.app, as(to))
			})
		}
	}
}

func TestAccApplication_ClientAuthentication(t *testing.T) {
	_, h := acctest.Start(t)
	web := func(more string) string {
		return config("web", "authorization_code_pkce", "a", `redirect_urls = ["https://app.example.com/a"]`+"\n"+more)
	}
	none := web(`client_authentication = "none"`)
	client := statecheck.CompareValue(acctest.Same())
	sameClient := func() statecheck.StateCheck { return client.AddStateValue(it, tfjsonpath.New("client_id")) }
	public := func() []statecheck.StateCheck {
		return []statecheck.StateCheck{
			value("client_secret", knownvalue.Null()), value("secret_version", knownvalue.Int64Exact(0)),
			value("client_authentication", knownvalue.StringExact("none")), value("introspection_access", knownvalue.Bool(false)), sameClient(),
		}
	}
	h.Run(
		resource.TestStep{Config: none, ConfigStateChecks: public()},
		resource.TestStep{ResourceName: it, ImportState: true, ImportStateVerify: true},
		resource.TestStep{ResourceName: it, ImportState: true, ImportStateId: "shop/a/web", ImportStateVerify: true},
		resource.TestStep{
			Config: none, ResourceName: it, ImportState: true, ImportStateKind: resource.ImportBlockWithID,
			ImportPlanChecks: resource.ImportPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(it, plancheck.ResourceActionNoop)}},
		},
		resource.TestStep{
			Config: web("introspection_access = true"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(it, plancheck.ResourceActionUpdate), plancheck.ExpectUnknownValue(it, tfjsonpath.New("client_secret")),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				value("client_secret", acctest.Text(`^[A-Za-z0-9]{32}$`)), value("secret_version", knownvalue.Int64Exact(1)),
				value("client_authentication", knownvalue.StringExact("secret")), value("introspection_access", knownvalue.Bool(true)), sameClient(),
			},
		},
		resource.TestStep{
			Config: none,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(it, plancheck.ResourceActionUpdate), plancheck.ExpectKnownValue(it, tfjsonpath.New("client_secret"), knownvalue.Null()),
			}},
			ConfigStateChecks: public(),
		},
	)
}
