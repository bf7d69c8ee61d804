package application_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

const doesNotKnow = "Terraform does not know the client secret"

// Where a secret comes from that Terraform does or does not know, what
// on_unknown_secret says, and whose secret it is: what the plan shows, what the
// apply does, and that the plan after it is empty.
func TestApplication_UnknownSecret(t *testing.T) {
	for _, origin := range []string{"created", "imported", "rotated outside"} {
		for _, choice := range []string{"none", "keep", "rotate", "rotate with overlap"} {
			for _, own := range []bool{false, true} {
				t.Run(origin+" "+choice+title(" own", own), func(t *testing.T) {
					server, h := acctest.Start(t)
					p, base := h.Protocol(nil), parents(t, h)
					plain := map[string]any{}
					if own {
						plain = map[string]any{"client_secret_wo": ownSecret, "client_secret_wo_version": 1}
					}
					app := p.New("atm_application")
					acctest.NoErrors(t, p.Apply(app, base(plain)))
					clientID, first := text(app, "client_id"), text(app, "client_secret")
					working, version := first, int64(1)
					if own {
						working = ownSecret
					}
					switch origin {
					case "rotated outside":
						rotated, err := h.API.RotateSecret(t.Context(), text(app, "id"), "", atm.NewIdempotencyKey(), atm.SecretRotation{})
						if err != nil {
							t.Fatal(err)
						}
						working = *rotated.ClientSecret
						acctest.NoErrors(t, p.Refresh(app))
						acctest.NoErrors(t, p.Refresh(app)) // twice changes nothing
					case "imported":
						var diags []*tfprotov6.Diagnostic
						app, diags = p.Import("atm_application", text(app, "id"), nil)
						acctest.NoErrors(t, diags)
						first = ""
					}

					rotation := map[string]any{}
					if given, overlap, _ := strings.Cut(choice, " "); given != "none" {
						rotation["on_unknown_secret"] = given
						if overlap != "" {
							rotation["previous_secret_expires_in"] = 3600
						}
						plain["secret_rotation"] = rotation
					}
					config := base(plain)
					rotates := origin != "created" && strings.HasPrefix(choice, "rotate")
					keeps := origin != "created" && !rotates

					// The plan.
					plan, diags := p.Plan(app, config)
					acctest.NoErrors(t, diags)
					wantWarnings(t, diags, keeps, rotates && choice == "rotate")
					switch {
					case rotates:
						if plan.Get("secret_version") != acctest.Unknown || !own && plan.Get("client_secret") != acctest.Unknown {
							t.Error("the plan does not show the rotation")
						}
					case plan.Get("secret_version") != version || !own && plan.Get("client_secret") != orNil(first):
						t.Errorf("the plan has secret_version %v", plan.Get("secret_version"))
					}

					// The apply.
					acctest.NoErrors(t, p.Apply(app, config))
					if rotates {
						server.Clock.Advance(time.Minute)
						if still := works(t, h, clientID, working); still != (choice == "rotate with overlap" || working == ownSecret) {
							t.Errorf("that the previous secret works is %t", still)
						}
						working, version = text(app, "client_secret"), 2
						if origin == "rotated outside" {
							version = 3
						}
						if own {
							working = ownSecret
						}
					} else if got := text(app, "client_secret"); !own && got != first {
						t.Error("client_secret is not the last that Terraform knew")
					}
					if own && app.Get("client_secret") != nil {
						t.Error("client_secret is not null")
					}
					if app.Get("secret_version") != version {
						t.Errorf("secret_version is %v, want %d", app.Get("secret_version"), version)
					}
					if !works(t, h, clientID, working) {
						t.Error("the secret does not work")
					}

					// The plan after it.
					acctest.NoErrors(t, p.Refresh(app))
					again, diags := p.Plan(app, config)
					acctest.NoErrors(t, diags)
					if again.Changes(app) {
						t.Errorf("the second plan is not empty: %s", again.Planned)
					}
					wantWarnings(t, diags, keeps, false)
				})
			}
		}
	}
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// wantWarnings checks which of the two warnings there are, and that there is no
// other.
func wantWarnings(t *testing.T, diags []*tfprotov6.Diagnostic, unknown, noOverlap bool) {
	t.Helper()
	if unknown {
		acctest.WantWarning(t, diags, "", doesNotKnow, `on_unknown_secret = "rotate"`, "previous_secret_expires_in")
	}
	if noOverlap {
		acctest.WantWarning(t, diags, "", "no overlap", "previous_secret_expires_in")
	}
	for _, d := range diags {
		if !unknown && d.Summary == doesNotKnow || !noOverlap && strings.Contains(d.Summary, "overlap") {
			t.Errorf("unexpected: %s", acctest.Print(d))
		}
	}
}

// Other reasons for a rotation still apply, and make the secret known.
func TestApplication_UnknownSecretIsReplacedOnRequest(t *testing.T) {
	_, h := acctest.Start(t)
	p, base := h.Protocol(nil), parents(t, h)
	triggers := func(n int) map[string]any {
		return base(map[string]any{"secret_rotation": map[string]any{"triggers": map[string]any{"n": n}}})
	}
	for name, test := range map[string]struct{ before, after map[string]any }{
		"triggers":      {triggers(1), triggers(2)},
		"a first own":   {base(nil), base(map[string]any{"client_secret_wo": ownSecret, "client_secret_wo_version": 1})},
		"another own":   {base(map[string]any{"client_secret_wo": ownSecret, "client_secret_wo_version": 1}), base(map[string]any{"client_secret_wo": ownSecret, "client_secret_wo_version": 2})},
		"no longer own": {base(map[string]any{"client_secret_wo": ownSecret, "client_secret_wo_version": 1}), base(nil)},
	} {
		t.Run(name, func(t *testing.T) {
			app := p.New("atm_application")
			test.before["name"], test.after["name"] = name, name
			acctest.NoErrors(t, p.Apply(app, test.before))
			if _, err := h.API.RotateSecret(t.Context(), text(app, "id"), "", atm.NewIdempotencyKey(), atm.SecretRotation{}); err != nil {
				t.Fatal(err)
			}
			acctest.NoErrors(t, p.Refresh(app))
			plan, diags := p.Plan(app, test.after)
			acctest.NoErrors(t, diags)
			wantWarnings(t, diags, false, false)
			if plan.Get("secret_version") != acctest.Unknown {
				t.Error("the plan does not show the rotation")
			}
			acctest.NoErrors(t, p.Apply(app, test.after))
			secret := text(app, "client_secret")
			if secret == "" {
				secret = ownSecret
			}
			if !works(t, h, text(app, "client_id"), secret) {
				t.Error("the secret does not work")
			}
			acctest.NoErrors(t, p.Refresh(app))
			_, diags = p.Plan(app, test.after)
			wantWarnings(t, diags, false, false)
		})
	}
}

// A rotation outside Terraform between the plan and the apply is what makes the
// write stale, though no attribute of the state shows it.
func TestApplication_StaleBecauseOfARotationSaysSo(t *testing.T) {
	r := newRotations(t, false)
	r.outside(t)
	acctest.WantError(t, r.p.Apply(r.app, r.config(1, map[string]any{"access_token_lifespan": 300})), "", "the client secret (from version 1 to 2)")
}

// An import and a usable secret are one apply, also for what uses the secret.
func TestAccApplication_ImportAndRotateInOneApply(t *testing.T) {
	_, h := acctest.Start(t)
	suite, err := h.API.CreateSuite(t.Context(), atm.NewIdempotencyKey(), atm.SuiteCreate{Name: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	project, err := h.API.CreateProject(t.Context(), atm.NewIdempotencyKey(), atm.ProjectCreate{Name: "a", SuiteId: suite.Id})
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.API.CreateApplication(t.Context(), atm.NewIdempotencyKey(), atm.ApplicationCreate{
		Name: "worker", SuiteId: suite.Id, ProjectId: project.Id, AuthenticatorType: "client_credentials",
	})
	if err != nil {
		t.Fatal(err)
	}
	config := func(rotation string) string {
		return `
import {
  to = atm_application.it
  id = "shop/a/worker"
}
resource "atm_application" "it" {
  suite_id           = "` + suite.Id + `"
  project_id         = "` + project.Id + `"
  name               = "worker"
  authenticator_type = "client_credentials"
  ` + rotation + `
}
data "atm_token" "it" {
  client_id     = atm_application.it.client_id
  client_secret = atm_application.it.client_secret
  grant_type    = "client_credentials"
}
resource "atm_token" "it" {
  client_id     = atm_application.it.client_id
  client_secret = atm_application.it.client_secret
  grant_type    = "client_credentials"
}
`
	}
	rotate := config(`secret_rotation = { on_unknown_secret = "rotate", previous_secret_expires_in = 3600 }`)
	h.RunWith([]tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_8_0)},
		resource.TestStep{ // the error names the remedy that the next step takes
			Config:      config(""),
			ExpectError: regexp.MustCompile(`(?s)client_secret is null.*on_unknown_secret\s+=\s+"rotate"`),
		},
		resource.TestStep{
			Config: rotate,
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(it, plancheck.ResourceActionUpdate),
					plancheck.ExpectUnknownValue(it, tfjsonpath.New("client_secret")),
				},
				PostApplyPostRefresh: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(it, plancheck.ResourceActionNoop),
					plancheck.ExpectResourceAction("atm_token.it", plancheck.ResourceActionNoop),
				},
			},
			ConfigStateChecks: []statecheck.StateCheck{value("secret_version", knownvalue.Int64Exact(2)), value("client_secret", acctest.Text(`^[A-Za-z0-9]{32}$`))},
		},
	)
}

// The next run could not sign in, which the plan says before it happens.
func TestApplication_RotatingTheProvidersOwnSecretWarns(t *testing.T) {
	server, h := acctest.Start(t)
	p, base := h.Protocol(nil), parents(t, h)
	applications, err := h.API.Applications(t.Context(), atm.ListApplicationsParams{})
	if err != nil {
		t.Fatal(err)
	}
	index := slices.IndexFunc(applications, func(a atm.Application) bool { return a.ClientId == server.Admin().ClientID })
	if index < 0 {
		t.Fatal("the provider's own application is not listed")
	}
	own := applications[index]
	config := func(rotation map[string]any) map[string]any {
		return base(map[string]any{
			"suite_id": own.SuiteId, "project_id": own.ProjectId, "name": own.Name, "authenticator_type": string(own.AuthenticatorType),
			"management_access": true, "secret_rotation": rotation,
		})
	}
	app, diags := p.Import("atm_application", own.Id, nil)
	acctest.NoErrors(t, diags)

	_, diags = p.Plan(app, config(map[string]any{"on_unknown_secret": "keep"}))
	for _, d := range diags {
		if strings.Contains(d.Summary, "provider's own") {
			t.Errorf("without a rotation: %s", acctest.Print(d))
		}
	}
	_, diags = p.Plan(app, config(map[string]any{"on_unknown_secret": "rotate"}))
	acctest.WantWarning(t, diags, "", "provider's own secret", "ATM_CLIENT_SECRET", "as soon as")
	_, diags = p.Plan(app, config(map[string]any{"on_unknown_secret": "rotate", "previous_secret_expires_in": 600}))
	acctest.WantWarning(t, diags, "", "provider's own secret", "600 seconds")

	other := p.New("atm_application")
	acctest.NoErrors(t, p.Apply(other, base(map[string]any{"client_secret_wo": ownSecret, "client_secret_wo_version": 1})))
	_, diags = p.Plan(other, base(map[string]any{"client_secret_wo": ownSecret, "client_secret_wo_version": 2}))
	if len(diags) > 0 {
		t.Errorf("another application: %s", acctest.Print(diags[0]))
	}
}
