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
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
)

// echoes is a gateway in front of ATM. It keeps every secret that passes in
// either direction, and in place of ATM it can respond with what it was sent.
type echoes struct {
	url string

	mu      sync.Mutex
	secrets map[string]string // what it is, by the secret
	kinds   map[string]bool   // what there was
	respond func(w http.ResponseWriter, r *http.Request, body string) bool
	echoed  int
}

func newEchoes(t *testing.T, target string) *echoes {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	e := &echoes{secrets: map[string]string{}, kinds: map[string]bool{}}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = to.Host },
		ModifyResponse: func(r *http.Response) error {
			body, err := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			e.keep("response", body)
			return err
		},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		e.request(r, body)
		if !e.echo(w, r, string(body)) {
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	e.url = server.URL
	return e
}

func (e *echoes) request(r *http.Request, body []byte) {
	if _, credential, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok {
		e.add(credential, "the credential of the management API")
	}
	e.add(r.Header.Get("Idempotency-Key"), "an idempotency key")
	e.add(r.Header.Get("X-Gateway-Key"), "a header of the provider block")
	e.keep("request", body)
	if form, err := url.ParseQuery(string(body)); err == nil && !json.Valid(body) {
		members := map[string]any{}
		for name := range form {
			members[name] = form.Get(name)
		}
		e.members("request", members)
	}
}

func (e *echoes) keep(where string, body []byte) {
	var members map[string]any
	if json.Unmarshal(body, &members) == nil {
		e.members(where, members)
	}
}

// secretMember are the members that hold secrets, in every spelling.
var secretMember = regexp.MustCompile(`^(client_?secret|client_?assertion|password|token|(access|refresh|id)_?token)$`)

func (e *echoes) members(where string, members map[string]any) {
	for name, value := range members {
		if text, ok := value.(string); ok && secretMember.MatchString(strings.ToLower(name)) {
			e.add(text, name+" of a "+where)
		}
	}
}

func (e *echoes) add(secret, what string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(secret) >= 8 {
		e.secrets[secret], e.kinds[what] = what, true
		// A message may also show only the last part of a JWT.
		if _, signature, ok := strings.Cut(secret, "."); ok && strings.Count(secret, ".") == 2 {
			e.secrets[signature[strings.Index(signature, ".")+1:]] = "a signature in " + what
		}
	}
}

func (e *echoes) echo(w http.ResponseWriter, r *http.Request, body string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.respond == nil {
		return false
	}
	headers, _ := httputil.DumpRequest(r, false)
	done := e.respond(w, r, string(headers)+body)
	if done {
		e.echoed++
	}
	return done
}

// set puts a way to respond in the place of ATM; nil takes it out. It returns
// how often the last one responded.
func (e *echoes) set(respond func(w http.ResponseWriter, r *http.Request, text string) bool) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := e.echoed
	e.respond, e.echoed = respond, 0
	return n
}

// The ways of a gateway or a server to repeat a request.
var echoing = map[string]func(w http.ResponseWriter, r *http.Request, text string) bool{
	"a problem": func(w http.ResponseWriter, r *http.Request, text string) bool {
		if r.Method == http.MethodGet || !strings.HasPrefix(r.URL.Path, "/api/") {
			return false
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusUnprocessableEntity)
		return write(w, map[string]any{
			"type": "urn:atm:problem:invalid-request", "title": text, "status": 422, "detail": text,
			"errors": []any{map[string]any{"pointer": "/name", "detail": text}, map[string]any{"pointer": text, "detail": text}},
		})
	},
	"an OAuth error": func(w http.ResponseWriter, r *http.Request, text string) bool {
		if !strings.HasPrefix(r.URL.Path, "/auth/") {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		return write(w, map[string]any{"error": "invalid_request", "error_description": text})
	},
	"a gateway's page": func(w http.ResponseWriter, r *http.Request, text string) bool {
		if r.Method == http.MethodGet || !strings.HasPrefix(r.URL.Path, "/api/") {
			return false
		}
		w.Header().Set("Content-Type", "text/html; echo="+url.QueryEscape(text))
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<pre>"+text+base64.StdEncoding.EncodeToString([]byte(text))+"</pre>")
		return true
	},
}

func write(w io.Writer, value any) bool {
	_ = json.NewEncoder(w).Encode(value) // the client may be gone
	return true
}

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
