package management_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/federation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/management"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/openapi"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/password"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

var document = sync.OnceValues(func() (*openapi.Validator, error) {
	data, err := os.ReadFile("../../openapi.yaml")
	if err != nil {
		return nil, err
	}
	return openapi.Parse(data)
})

// world is an API on a store of its own, with a super admin. Every response is
// held against the document.
type world struct {
	t       testing.TB
	store   *store.Store
	clock   *clock.Settable
	handler http.Handler
	bare    http.Handler // without the check of responses
	log     *logBuffer
	// suite and project are where the super admin lives; root is its token.
	suite, project, root string
}

type logBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newWorld(t testing.TB) *world {
	t.Helper()
	var options store.Options
	if strings.HasPrefix(t.Name(), "TestPostgres/") {
		options = store.Options{DatabaseURL: postgrestest.URL(t), MaxConnections: 4}
	}
	s, err := store.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return newWorldOn(t, s)
}

func newWorldOn(t testing.TB, s *store.Store) *world {
	t.Helper()
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, store: s, clock: clock.NewSettable(), log: &logBuffer{}}
	manager := &fakeKeys{clock: w.clock}
	w.bare = management.New(management.Config{
		Trust:     func() federation.Policy { return federation.Policy{Issuer: "https://atm.example.com"} },
		Validator: doc, Store: s, Authenticate: fakeTokens, Keys: manager, Clock: w.clock,
		Passwords: password.New(password.Fast()), Logger: slog.New(slog.NewTextHandler(w.log, nil)),
	})
	w.handler = doc.CheckResponses(w.bare, func(err error) { t.Error(err) })
	w.suite, w.project = random.ID(), random.ID()
	now := w.clock.Now()
	root := store.User{ID: random.ID(), Email: random.ID() + "@example.com", FirstName: "Root", Role: "super_admin",
		SuiteID: w.suite, ProjectID: w.project, Enabled: true}
	err = s.Write(t.Context(), func(tx *store.Tx) error {
		if err := tx.EnsureInstanceID("instance"); err != nil {
			return err
		}
		if _, err := tx.CreateSuite(store.Suite{ID: w.suite, Name: "home-" + w.suite}, now); err != nil {
			return err
		}
		if _, err := tx.CreateProject(store.Project{ID: w.project, SuiteID: w.suite, Name: "home"}, now); err != nil {
			return err
		}
		_, err := tx.CreateUser(root, now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.root = "user " + root.ID
	return w
}

// fakeTokens understands tokens that say who they are; how real ones are
// verified is tested where they are made.
func fakeTokens(_ context.Context, token string) (management.Token, error) {
	kind, id, _ := strings.Cut(token, " ")
	switch kind {
	case "user":
		return management.Token{UserID: id, ApplicationID: "application", ClientID: "client", ManagementAccess: true}, nil
	case "plain":
		return management.Token{UserID: id}, nil
	case "machine":
		return management.Token{ManagementAccess: true}, nil
	case "broken":
		return management.Token{}, fmt.Errorf("the verifier is broken")
	}
	return management.Token{}, fmt.Errorf("%w: it has expired", management.ErrInvalidToken)
}

// fakeKeys is a manager whose next key becomes the current one at once.
type fakeKeys struct {
	mu    sync.Mutex
	clock clock.Clock
	turns int
}

func (f *fakeKeys) key(n int, status keys.Status) keys.Info {
	k := keys.Info{ID: fmt.Sprintf("key-%d", n), Status: status, CreatedAt: f.clock.Now()}
	k.JWK = keys.JWK{KeyType: "RSA", Use: "sig", Algorithm: "RS256", ID: k.ID, Modulus: "AQAB", Exponent: "AQAB"}
	if status != keys.Next {
		k.ActivatesAt = f.clock.Now()
	}
	return k
}

func (f *fakeKeys) Keys(context.Context) ([]keys.Info, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return []keys.Info{f.key(f.turns, keys.Current), f.key(f.turns+1, keys.Next)}, nil
}

func (f *fakeKeys) Rotate(context.Context) (keys.Info, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.turns++
	return f.key(f.turns, keys.Current), nil
}

// reply is a response with its body decoded.
type reply struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

// option changes a request before it is sent.
type option func(*http.Request)

func header(name, value string) option {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func as(token string) option { return header("Authorization", "Bearer "+token) }

// do sends a request as the super admin unless an option names another user.
// body is nil, a string, or anything that JSON can say.
func (w *world) do(method, path string, body any, options ...option) reply {
	w.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		data, err := json.Marshal(b)
		if err != nil {
			w.t.Fatal(err)
		}
		reader = strings.NewReader(string(data))
	}
	r := httptest.NewRequest(method, "/api/v1"+path, reader)
	as(w.root)(r)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
		if method == http.MethodPatch && !strings.HasSuffix(path, "/users") {
			r.Header.Set("Content-Type", "application/merge-patch+json")
		}
	}
	for _, o := range options {
		o(r)
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	out := reply{status: rec.Code, header: rec.Header(), raw: rec.Body.String()}
	if out.raw != "" {
		if err := json.Unmarshal(rec.Body.Bytes(), &out.body); err != nil {
			w.t.Fatalf("%s %s: %v in %q", method, path, err, out.raw)
		}
	}
	return out
}

// want is do for a request that must end with a status.
func (w *world) want(status int, method, path string, body any, options ...option) reply {
	w.t.Helper()
	out := w.do(method, path, body, options...)
	if out.status != status {
		w.t.Fatalf("%s %s: got %d, want %d: %s", method, path, out.status, status, out.raw)
	}
	return out
}

func (r reply) str(name string) string { s, _ := r.body[name].(string); return s }
func (r reply) id() string             { return r.str("id") }
func (r reply) etag() string           { return r.str("etag") }

// problem is the last part of the type.
func (r reply) problem() string { return strings.TrimPrefix(r.str("type"), "urn:atm:problem:") }

// pointers lists the fields of a problem.
func (r reply) pointers() string {
	list, _ := r.body["errors"].([]any)
	var out []string
	for _, e := range list {
		out = append(out, e.(map[string]any)["pointer"].(string))
	}
	return strings.Join(out, " ")
}

func (r reply) items() []map[string]any {
	list, _ := r.body["items"].([]any)
	out := make([]map[string]any, len(list))
	for i, item := range list {
		out[i] = item.(map[string]any)
	}
	return out
}

func (r reply) names(field string) string {
	var out []string
	for _, item := range r.items() {
		out = append(out, fmt.Sprint(item[field]))
	}
	return strings.Join(out, " ")
}

type fields = map[string]any

// with copies a body and changes some of its fields; nil takes one away.
func with(base fields, changes fields) fields {
	out := fields{}
	for k, v := range base {
		out[k] = v
	}
	for k, v := range changes {
		if out[k] = v; v == nil {
			delete(out, k)
		}
	}
	return out
}

func (w *world) newSuite() (suite, project string) {
	w.t.Helper()
	suite = w.want(201, "POST", "/suites", fields{"name": "suite " + random.ID()}).id()
	return suite, w.newProject(suite)
}

func (w *world) newProject(suite string) string {
	w.t.Helper()
	return w.want(201, "POST", "/projects", fields{"name": "project " + random.ID(), "suiteId": suite}).id()
}

func applicationIn(suite, project string) fields {
	return fields{"name": "application " + random.ID(), "suiteId": suite, "projectId": project,
		"authenticatorType": "user_credentials"}
}

func (w *world) newApplication(suite, project string, changes fields) reply {
	w.t.Helper()
	return w.want(201, "POST", "/applications", with(applicationIn(suite, project), changes))
}

func userIn(suite, project, role string) fields {
	return fields{"email": random.ID() + "@example.com", "firstName": "Thong", "role": role,
		"suiteId": suite, "projectId": project}
}

func (w *world) newUser(suite, project, role string) reply {
	w.t.Helper()
	return w.want(201, "POST", "/users", userIn(suite, project, role))
}

// token of a user.
func tokenOf(user reply) string { return "user " + user.id() }

func (w *world) assign(application, user reply) reply {
	w.t.Helper()
	return w.want(201, "PUT", "/applications/"+application.id()+"/users/"+user.id(), fields{})
}

func (w *world) advance(d time.Duration) { w.clock.Advance(d) }

// sweep removes what has expired.
func (w *world) sweep() {
	w.t.Helper()
	if _, err := w.store.Sweep(w.t.Context(), store.Sweep{Holder: "test", Now: w.clock.Now()}); err != nil {
		w.t.Fatal(err)
	}
}
