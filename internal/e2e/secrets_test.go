package e2e_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
)

// leaky has a secret of each kind. Those of the applications and of the kept
// token may be in the state, the others nowhere.
const leaky = `
variable "gateway" {
  type      = string
  ephemeral = true
}
variable "secret" {
  type      = string
  ephemeral = true
}
variable "password" {
  type      = string
  ephemeral = true
}
variable "round" { type = number }
variable "limit" { default = "5m" }
provider "atm" {
  headers     = { "X-Gateway-Key" = var.gateway }
  max_retries = 0
}
resource "atm_suite" "it" { name = "leaks" }
resource "atm_project" "it" {
  suite_id = atm_suite.it.id
  name     = "leaks"
}
resource "atm_application" "generated" {
  suite_id           = atm_suite.it.id
  project_id         = atm_project.it.id
  name               = "generated"
  authenticator_type = "user_credentials"
  management_access  = true
  secret_rotation    = { triggers = { round = tostring(var.round) } }
  timeouts           = { update = var.limit }
}
resource "atm_application" "supplied" {
  suite_id                 = atm_suite.it.id
  project_id               = atm_project.it.id
  name                     = "supplied"
  authenticator_type       = "client_credentials"
  client_secret_wo         = "${var.secret}-${var.round}"
  client_secret_wo_version = var.round
  timeouts                 = { update = var.limit }
}
resource "atm_user" "it" {
  suite_id            = atm_suite.it.id
  project_id          = atm_project.it.id
  email               = "lead@example.com"
  first_name          = "Lead"
  role                = "suite_admin"
  password_wo         = "${var.password}-${var.round}"
  password_wo_version = var.round
  timeouts            = { update = var.limit }
}
resource "atm_application_user" "it" {
  application_id = atm_application.generated.id
  user_id        = atm_user.it.id
}
resource "atm_token" "kept" {
  client_id     = atm_application.generated.client_id
  client_secret = atm_application.generated.client_secret
  login_id      = atm_user.it.email
  depends_on    = [atm_application_user.it]
}
resource "atm_token" "written" {
  client_id                = atm_application.supplied.client_id
  client_secret_wo         = "${var.secret}-${var.round}"
  client_secret_wo_version = var.round
  grant_type               = "client_credentials"
}
ephemeral "atm_token" "lead" {
  client_id        = atm_application.generated.client_id
  client_secret    = atm_application.generated.client_secret
  login_id         = atm_user.it.email
  minimum_lifetime = 300
  depends_on       = [atm_application_user.it]
}
`

// mayHold are the attributes that a secret may be in, as their pages say.
var mayHold = map[string][]string{
	"atm_application": {"client_secret"},
	"atm_token":       {"client_secret", "access_token", "refresh_token", "id_token"},
}

// TestLeaks takes Terraform through the life of every resource with secrets, at
// TRACE, behind a gateway that keeps each secret of each request and response
// and that repeats requests in its errors. None of the secrets is in what
// Terraform prints or logs; in state and plan files are only those of the
// attributes in mayHold.
func TestLeaks(t *testing.T) {
	acctest.NeedsCLI(t, "write-only arguments", "1.11", "1.11")
	w := open(t, leaky)
	gateway := newEchoes(t, w.server.URL)
	log := filepath.Join(w.dir, "trace.log")
	w.environ = append(w.environ, "ATM_ENDPOINT="+gateway.url, "TF_LOG=TRACE", "TF_LOG_PATH="+log,
		"TF_VAR_gateway=canary-gateway-key-0123456789", "TF_VAR_secret=canary-client-secret-/+&0123456789", "TF_VAR_password=canary password \"0123456789")
	allowed := map[string]bool{}
	printed := w.must("plan", "-out=plan.bin", "-var=round=1")
	printed += w.must("show", "-json", "plan.bin")
	printed += w.must("apply", "plan.bin")
	w.stored(allowed)
	for _, name := range slices.Sorted(maps.Keys(echoing)) {
		gateway.set(echoing[name])
		printed += w.fails("apply", "-auto-approve", "-var=round=2", "-var=limit=3s") // a page ends no rotation
		if n := gateway.set(nil); n == 0 {
			t.Errorf("%s: the gateway repeated no request", name)
		}
		w.stored(allowed)
	}
	printed += w.must("plan", "-out=next.bin", "-var=round=3")
	printed += w.must("apply", "next.bin")
	w.stored(allowed)
	printed += w.must("destroy", "-auto-approve", "-var=round=3")

	gateway.mu.Lock()
	defer gateway.mu.Unlock()
	gateway.secrets[w.server.Admin().ClientSecret] = "the provider's client secret"
	texts := map[string]string{"Terraform's output": printed}
	for _, file := range files(t, w.dir) {
		texts[filepath.Base(file)] = w.readRaw(file)
	}
	for name, text := range texts {
		stores := strings.HasPrefix(name, "terraform.tfstate") || strings.HasSuffix(name, ".bin")
		for secret, what := range gateway.secrets {
			if found(text, secret) && !(stores && containedIn(allowed, secret)) {
				t.Errorf("%s: %s", name, what)
			}
		}
	}
	for _, what := range []string{
		"an idempotency key", "a header of the provider block", "the credential of the management API", "client_secret of a request", "clientSecret of a request",
		"clientSecret of a response", "password of a request", "access_token of a response", "refresh_token of a response", "token of a request",
	} {
		if !gateway.kinds[what] {
			t.Errorf("no request had %s; there were %s", what, slices.Sorted(maps.Keys(gateway.kinds)))
		}
	}
	for name, text := range map[string]string{"trace.log": "ATM responded", "plan.bin": "lead@example.com", "next.bin": "lead@example.com", "terraform.tfstate.backup": "lead@example.com"} {
		if !strings.Contains(texts[name], text) {
			t.Errorf("%s was not read: it does not contain what it must", name)
		}
	}
	if len(allowed) < 4 {
		t.Errorf("the state had only %d secrets", len(allowed))
	}
}

// containedIn reports whether the secret is one of those, or the signature of
// one.
func containedIn(secrets map[string]bool, secret string) bool {
	for whole := range secrets {
		if strings.HasSuffix(whole, secret) {
			return true
		}
	}
	return false
}

// stored adds the secrets that the state may have, and fails if one of them is
// in another attribute too.
func (w *workspace) stored(allowed map[string]bool) {
	w.t.Helper()
	var state struct {
		Resources []struct {
			Type      string
			Instances []struct {
				Attributes map[string]any
				Private    []byte
			}
		}
	}
	if err := json.Unmarshal([]byte(w.read("terraform.tfstate")), &state); err != nil {
		w.t.Fatal(err)
	}
	rest := "" // what may have no secret
	for _, r := range state.Resources {
		for _, instance := range r.Instances {
			for name, value := range instance.Attributes {
				if text, ok := value.(string); ok && slices.Contains(mayHold[r.Type], name) {
					allowed[text] = true
					continue
				}
				rest += fmt.Sprintf("%s.%s = %v\n", r.Type, name, value)
			}
			rest += w.private(r.Type, instance.Private, allowed)
		}
	}
	for secret := range allowed {
		if found(rest, secret) {
			w.t.Errorf("the state repeats a secret (%.8s…) outside its attribute", secret)
		}
	}
}

// private is the private state of an instance as text. That of atm_token has the
// refresh token that renews it.
func (w *workspace) private(kind string, encoded []byte, allowed map[string]bool) string {
	w.t.Helper()
	text := ""
	var values map[string][]byte
	if len(encoded) > 0 && json.Unmarshal(encoded, &values) != nil {
		w.t.Fatalf("%s: the private state is no map of values: %s", kind, encoded)
	}
	for key, value := range values {
		var tokens struct {
			Refresh string `json:"refresh_token"`
			ID      string `json:"id_token"`
		}
		if kind == "atm_token" && json.Unmarshal(value, &tokens) == nil && tokens.Refresh != "" {
			allowed[tokens.Refresh], allowed[tokens.ID] = true, true
			continue
		}
		text += fmt.Sprintf("%s private %s = %s\n", kind, key, value)
	}
	return text
}

// found looks for the secret as it is and in the encodings that JSON, URLs and
// base64 give it.
func found(text, secret string) bool {
	return holds(text, secret) || strings.Contains(text, url.QueryEscape(secret)) || strings.Contains(text, url.PathEscape(secret))
}

// TestLeaks_TheSearchFindsWhatIsThere is the proof that the search can fail.
func TestLeaks_TheSearchFindsWhatIsThere(t *testing.T) {
	t.Parallel()
	const secret = `a "secret" /+&`
	quoted, _ := json.Marshal(secret)
	for _, form := range []string{secret, string(quoted), url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret))} {
		if !found("before "+form+" after", secret) {
			t.Errorf("%s is not found", form)
		}
	}
	if found(strings.Join(os.Environ(), "\n"), secret) {
		t.Error("found where it is not")
	}
}

// holds looks for the secret as it is, and as JSON and base64 would hide it.
func holds(text, secret string) bool {
	quoted, _ := json.Marshal(secret)
	encoded := base64.StdEncoding.EncodeToString([]byte(secret))
	return strings.Contains(text, secret) || strings.Contains(text, strings.Trim(string(quoted), `"`)) || strings.Contains(text, encoded)
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// readRaw reads a file, and what is inside where it is an archive, as a plan
// file is.
func (w *workspace) readRaw(path string) string {
	w.t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	text := string(content)
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return text
	}
	for _, member := range archive.File {
		reader, err := member.Open()
		if err != nil {
			w.t.Fatal(err)
		}
		inside, err := io.ReadAll(reader)
		if err = errors.Join(err, reader.Close()); err != nil {
			w.t.Fatal(err)
		}
		text += string(inside)
	}
	return text
}
