package token_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
)

// A secret that is null has the provider's own text in every form of atm_token,
// whether it is null at plan or turns out null at apply.
func TestToken_MissingSecret(t *testing.T) {
	_, h := start(t)
	p := h.Protocol(nil)
	none := map[string]any{"client_secret": nil}
	for name, diagnose := range map[string]func() []*tfprotov6.Diagnostic{
		"data source":        func() []*tfprotov6.Diagnostic { _, diags := p.ReadData(kind, worker(none)); return diags },
		"ephemeral resource": func() []*tfprotov6.Diagnostic { _, diags := p.Open(kind, worker(none)); return diags },
		"resource":           func() []*tfprotov6.Diagnostic { return p.Apply(p.New(kind), worker(none)) },
		"resource, at apply": func() []*tfprotov6.Diagnostic {
			return p.ApplyOther(p.New(kind), worker(map[string]any{"client_secret": acctest.Unknown}), worker(none))
		},
		"resource, write-only, at apply": func() []*tfprotov6.Diagnostic {
			return p.ApplyOther(p.New(kind), worker(map[string]any{"client_secret": nil, "client_secret_wo": acctest.Unknown}), worker(none))
		},
	} {
		diags := diagnose()
		acctest.WantError(t, diags, "client_secret", "Missing client_secret", "client_secret is null", `on_unknown_secret = "rotate"`, "client_secret_wo")
		if t.Failed() {
			t.Fatalf("%s: %d diagnostics", name, len(diags))
		}
	}
}

func TestResource_ImportSaysWhyNot(t *testing.T) {
	_, h := start(t)
	_, diags := h.Protocol(nil).Import(kind, "any", nil)
	acctest.WantError(t, diags, "", "atm_token cannot be imported", "does not store", "Remove the import block")
}

// gone deletes the application of a token.
func gone(t *testing.T, h *acctest.Harness, id string) {
	t.Helper()
	if err := h.API.UnassignAllUsers(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := h.API.DeleteApplication(t.Context(), id, ""); err != nil {
		t.Fatal(err)
	}
}

// ATM refuses the client of a revocation if the application was deleted before,
// which ended the token, and if its secret was replaced, which did not.
func TestToken_RevocationIsRefusedToAClient(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(nil)
	rotate(t, h, nextSecret)
	replaced := open(t, p, worker(map[string]any{"client_secret": nextSecret}))
	kept := made(t, p, worker(map[string]any{"client_secret": nextSecret}))
	rotate(t, h, workerSecret)
	acctest.WantWarning(t, p.Close(replaced), "", "not revoked", "invalid_client")
	acctest.WantWarning(t, p.Apply(kept, nil), "", "not revoked", "invalid_client")
	if !active(t, server, workerClient, workerSecret, replaced.Get("access_token")) {
		t.Error("the warning is wrong: the token is not valid")
	}

	opened, object := open(t, p, worker(nil)), made(t, p, worker(nil))
	unsigned := h.Protocol(map[string]any{"access_token": "header.claims.signature"})
	other := open(t, unsigned, worker(nil))
	gone(t, h, workerID)
	for name, diags := range map[string][]*tfprotov6.Diagnostic{
		"close": p.Close(opened), "destroy": p.Apply(object, nil), "close by a provider that may not read the application": unsigned.Close(other),
	} {
		for _, d := range diags {
			t.Errorf("%s: %s", name, acctest.Print(d))
		}
	}
}

// writeOnly is an application whose secret the same configuration uses for an
// ephemeral token.
func writeOnly(version int, secret, clientID string) string {
	return fmt.Sprintf(`
resource "atm_suite" "it" { name = "it" }
resource "atm_project" "it" {
  suite_id = atm_suite.it.id
  name     = "it"
}
resource "atm_application" "a" {
  suite_id                 = atm_suite.it.id
  project_id               = atm_project.it.id
  name                     = "a"
  authenticator_type       = "client_credentials"
  client_secret_wo         = %[2]q
  client_secret_wo_version = %[1]d
}
ephemeral "atm_token" "it" {
  client_id     = %[3]s
  client_secret = %[2]q
  grant_type    = "client_credentials"
  %[4]s
}
provider "echo" { data = ephemeral.atm_token.it.claims }
resource "echo" "it" {}
`, version, secret, clientID, map[bool]string{true: "depends_on = [atm_application.a]"}[clientID == "atm_application.a.client_id"])
}

// Terraform opens an ephemeral resource at plan if its arguments are known, and
// then the application does not have its new write-only secret yet. depends_on
// changes nothing. The form that the error and the page name does. OpenTofu opens
// it after the change of what it refers to, with each form.
func TestAccEphemeral_OfAWriteOnlySecretThatChanges(t *testing.T) {
	_, h := start(t)
	const waits = "atm_application.a.secret_version > 0 ? atm_application.a.client_id : null"
	const first, second = "Write-only-secret-0123456789-abc", "Write-only-secret-9876543210-xyz"
	planned := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction("atm_application.a", plancheck.ResourceActionUpdate)}}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: withEcho(h),
		TerraformVersionChecks:   needsEphemeral(t),
		Steps: []resource.TestStep{
			{Config: writeOnly(1, first, "atm_application.a.client_id")},
			{
				SkipFunc:    func() (bool, error) { return acctest.FindCLI(t).Tofu, nil },
				Config:      writeOnly(2, second, "atm_application.a.client_id"),
				ExpectError: regexp.MustCompile(`(?s)client_secret_wo.*secret_version\s+>\s+0\s+\?\s+atm_application\.NAME\.client_id\s+:\s+null`),
			},
			{Config: writeOnly(2, second, waits), ConfigPlanChecks: planned},
			{Config: writeOnly(2, second, waits), PlanOnly: true},
			{Config: writeOnly(3, first, waits), ConfigPlanChecks: planned},
		},
	})
}
