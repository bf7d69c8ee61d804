package e2e_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// A process for each provider configuration is what real Terraform has, and
// what an alias needs: the test framework would give both one.
const team = `
resource "atm_suite" "it" { name = "team" }
resource "atm_project" "it" {
  suite_id = atm_suite.it.id
  name     = "terraform"
}
resource "atm_application" "it" {
  suite_id           = atm_suite.it.id
  project_id         = atm_project.it.id
  name               = "terraform"
  authenticator_type = "user_credentials"
  management_access  = true
}
resource "atm_user" "it" {
  suite_id   = atm_suite.it.id
  project_id = atm_project.it.id
  email      = "lead@example.com"
  first_name = "Lead"
  role       = "suite_admin"
}
resource "atm_application_user" "it" {
  application_id = atm_application.it.id
  user_id        = atm_user.it.id
}
ephemeral "atm_token" "lead" {
  client_id        = atm_application.it.client_id
  client_secret    = atm_application.it.client_secret
  login_id         = atm_user.it.email
  minimum_lifetime = 300
  depends_on       = [atm_application_user.it]
}
provider "atm" {}
provider "atm" {
  alias        = "lead"
  access_token = ephemeral.atm_token.lead.access_token
}
resource "atm_project" "by_lead" {
  provider = atm.lead
  suite_id = atm_suite.it.id
  name     = "by the lead"
}
`

// jwt is the beginning of a token, as it is and as base64 would hide it.
var jwt = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}\.eyJ|ZXlK[A-Za-z0-9+/]{16,}`)

// An ephemeral token signs an alias of this provider in, though the
// application that issues it is made in the same run: it is unknown at the first
// plan. No file contains the token.
func TestEphemeralToken_SignsAnAliasIn(t *testing.T) {
	acctest.NeedsCLI(t, "ephemeral resources", "1.10", "1.11")
	w := open(t, team)
	log := filepath.Join(w.dir, "trace.log")
	w.environ = append(w.environ, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
	printed := w.must("plan", "-out=plan.bin")
	printed += w.must("apply", "plan.bin")
	w.wantNoChanges("after the first apply")
	w.write("main.tf", required+strings.ReplaceAll(team, "by the lead", "by the lead, again"))
	printed += w.must("apply", "-auto-approve")
	printed += w.must("destroy", "-auto-approve")

	issued, revoked := w.server.CountRequests("POST", "/auth/token"), w.server.CountRequests("POST", "/auth/revoke")
	if revoked == 0 || issued <= revoked {
		t.Errorf("%d tokens issued, %d revoked: want each of the alias revoked, and none of the provider's own", issued, revoked)
	}
	if strings.Contains(printed, "Warning:") {
		t.Errorf("Terraform warned, although the destroy ended the tokens with their application:\n%s", printed)
	}
	if jwt.MatchString(printed) {
		t.Error("Terraform printed a token")
	}
	for _, file := range files(t, w.dir) {
		if found := jwt.FindString(w.readRaw(file)); found != "" {
			t.Errorf("%s holds a token: %.12s…", filepath.Base(file), found)
		}
	}
	if text := w.readRaw(log); !strings.Contains(text, "atm_token") {
		t.Error("the log is not the one of this run")
	}
}

// A data source's token is stored in plan and state, as its page says first;
// the check above would find it.
func TestDataToken_IsInTheState(t *testing.T) {
	w := open(t, strings.ReplaceAll(team[:strings.Index(team, "provider ")], "ephemeral ", "data "))
	w.must("apply", "-auto-approve")
	if !jwt.MatchString(w.read("terraform.tfstate")) {
		t.Error("the state holds no token")
	}
}

// The secret of a kept token, given as a write-only argument, is stored
// nowhere, and the destroy that lacks it says so.
func TestKeptToken_WriteOnlySecretIsStoredNowhere(t *testing.T) {
	const clientID, secret = "NmN78x6DMfde1XRx9hQg", "480nulBeBGqJDoAOADC0CW2frGTDVEmq"
	acctest.NeedsCLI(t, "write-only arguments", "1.11", "1.11")
	w := open(t, `
variable "secret" {
  type      = string
  ephemeral = true
}
resource "atm_token" "it" {
  client_id                = "`+clientID+`"
  client_secret_wo         = var.secret
  client_secret_wo_version = 1
  grant_type               = "client_credentials"
}`, testserver.WithSeed(`
suites:
  - name: Demo
    projects:
      - name: Payments
        applications:
          - { name: Machine, authenticatorType: client_credentials, clientId: `+clientID+`, clientSecret: `+secret+` }
`))
	log := filepath.Join(w.dir, "trace.log")
	w.environ = append(w.environ, "TF_LOG=TRACE", "TF_LOG_PATH="+log, "TF_VAR_secret="+secret)
	printed := w.must("plan", "-out=plan.bin")
	printed += w.must("apply", "plan.bin")
	w.wantNoChanges("after the apply")
	destroyed := w.must("destroy", "-auto-approve")
	wantText(t, unwrap(destroyed), "The token was not revoked", "client_secret_wo")
	if holds(printed+destroyed, secret) || jwt.MatchString(printed+destroyed) {
		t.Error("Terraform printed a secret or a token")
	}
	for _, file := range files(t, w.dir) {
		if holds(w.readRaw(file), secret) {
			t.Errorf("%s holds the secret", filepath.Base(file))
		}
	}
	if found := jwt.FindString(w.readRaw(log)); found != "" {
		t.Errorf("the log holds a token: %.12s…", found)
	}
}
