package oauth_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/federation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/ratelimit"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

const (
	publicURL   = "https://atm.example.com"
	secret      = "480nulBeBGqJDoAOADC0CW2frGTDVEmq"
	loginID     = "admin@gmail.com"
	userID      = "D7aaqWe34vWj_Bd-uuP8N"
	strangerID  = "stranger-has-no-place"
	redirectURL = "https://app.example.com/callback"
)

// Applications of the rig, one of each type; ids are "id-" and the client id.
const (
	m2mClient     = "NmN78x6DMfde1XRx9hQg" // user_credentials
	serviceClient = "DwSljVC4Ycr5YAv2Qbkf" // client_credentials
	webClient     = "webwebwebwebwebwebwe" // authorization_code
	spaClient     = "spaspaspaspaspaspasp" // authorization_code_pkce
	otherClient   = "otherotherotherother" // user_credentials, another application
)

var start = time.Date(2026, 9, 5, 8, 47, 42, 0, time.UTC)

// rig is a server on a store, with one user for whom every application is
// enabled.
type rig struct {
	t       testing.TB
	store   *store.Store
	manager *keys.Manager
	clock   *clock.Settable
	server  *oauth.Server
	mux     *http.ServeMux

	mu     sync.Mutex
	events []oauth.Event
}

type options struct {
	store   store.Options
	limiter *ratelimit.Limiter
	manager keys.Config
	// publicURL is the issuer, when it is not the constant.
	publicURL *string
	// shared is the store of another replica.
	shared *store.Store
}

func newRig(t testing.TB, o options) *rig {
	t.Helper()
	r := &rig{t: t, clock: clock.NewSettable(), mux: http.NewServeMux(), store: o.shared}
	r.clock.Freeze(start)
	var err error
	if r.store == nil {
		r.store, err = store.Open(t.Context(), o.store)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = r.store.Close() })
		r.seed()
	}
	issuer := publicURL + "/"
	if o.publicURL == nil {
		o.publicURL = &issuer
	}
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	o.manager.Store, o.manager.Clock, o.manager.Pool, o.manager.Logger = r.store, r.clock, &keys.Process, quiet
	o.manager.Immediate = true
	r.manager, err = keys.Open(t.Context(), o.manager)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.manager.Close)
	r.server, err = oauth.New(oauth.Config{
		Store: r.store, Keys: r.manager, Clock: r.clock, PublicURL: func() string { return *o.publicURL },
		Limiter: o.limiter, Logger: quiet, Issuers: federation.NewIssuers(r.clock, true),
		OnEvent: func(_ context.Context, e oauth.Event) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.events = append(r.events, e)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.server.Mount(r.mux)
	return r
}

// onEachStore runs a test with a rig on every kind of store.
func onEachStore(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Helper()
	t.Parallel()
	for name, where := range map[string]func(*testing.T) store.Options{
		"memory":   func(*testing.T) store.Options { return store.Options{} },
		"file":     func(t *testing.T) store.Options { return store.Options{DataDir: t.TempDir()} },
		"postgres": func(t *testing.T) store.Options { return store.Options{DatabaseURL: postgrestest.URL(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newRig(t, options{store: where(t)}))
		})
	}
}

func (r *rig) write(f func(*store.Tx) error) {
	r.t.Helper()
	if err := r.store.Write(r.t.Context(), f); err != nil {
		r.t.Fatal(err)
	}
}

func sum(s string) []byte {
	h := sha256.Sum256([]byte(s))
	return h[:]
}

func (r *rig) seed() {
	r.t.Helper()
	r.write(func(tx *store.Tx) error {
		if _, err := tx.CreateSuite(store.Suite{ID: "suite", Name: "suite"}, start); err != nil {
			return err
		}
		if _, err := tx.CreateProject(store.Project{ID: "project", SuiteID: "suite", Name: "project"}, start); err != nil {
			return err
		}
		for _, u := range []store.User{
			{ID: userID, Email: loginID, FirstName: "Thong", Role: "super_admin", Enabled: true, SuiteID: "suite", ProjectID: "project"},
			{ID: strangerID, Email: "stranger@example.com", Role: "system_user", Enabled: true, SuiteID: "suite", ProjectID: "project"},
		} {
			if _, err := tx.CreateUser(u, start); err != nil {
				return err
			}
		}
		for clientID, kind := range map[string]string{
			m2mClient: "user_credentials", otherClient: "user_credentials", serviceClient: "client_credentials",
			webClient: "authorization_code", spaClient: "authorization_code_pkce",
		} {
			a := store.Application{
				ID: "id-" + clientID, SuiteID: "suite", ProjectID: "project", Name: clientID, AuthenticatorType: kind,
				ClientAuthentication: "secret", ClientID: clientID, SecretHash: sum(secret), AccessTokenLifespan: 600, RefreshTokenLifespan: 86400,
				RedirectURLs: []string{redirectURL}, AllowedOrigins: []string{},
			}
			if _, err := tx.CreateApplication(a, start); err != nil {
				return err
			}
			if kind == "client_credentials" {
				continue
			}
			if _, _, err := tx.PutAssignment(a.ID, store.AssignmentSet{UserID: userID, Enabled: true}, start); err != nil {
				return err
			}
		}
		return nil
	})
}

// change edits an application.
func (r *rig) change(clientID string, edit func(*store.Application)) {
	r.t.Helper()
	r.write(func(tx *store.Tx) error {
		a, err := tx.ApplicationByClientID(clientID)
		if err != nil {
			return err
		}
		edit(&a)
		_, err = tx.UpdateApplication(a, r.clock.Now())
		return err
	})
}

func (r *rig) changeUser(id string, edit func(*store.User)) {
	r.t.Helper()
	r.write(func(tx *store.Tx) error {
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		edit(&u)
		_, err = tx.UpdateUser(u, r.clock.Now())
		return err
	})
}

// response is that of an endpoint.
type response struct {
	*httptest.ResponseRecorder
	body map[string]any
}

func (a response) str(name string) string {
	s, _ := a.body[name].(string)
	return s
}

func (r *rig) do(req *http.Request) response {
	r.t.Helper()
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, req.WithContext(r.t.Context()))
	a := response{ResponseRecorder: w}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &a.body); err != nil {
			r.t.Fatalf("%s returns no JSON: %s", req.URL.Path, w.Body)
		}
	}
	return a
}

// post sends a JSON body; names and values alternate.
func (r *rig) post(path string, members ...string) response {
	r.t.Helper()
	body := map[string]string{}
	for i := 0; i < len(members); i += 2 {
		body[members[i]] = members[i+1]
	}
	raw, err := json.Marshal(body)
	if err != nil {
		r.t.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(string(raw)))
	req.Header.Set("Content-Type", "application/json")
	return r.do(req)
}

// form sends a form; names and values alternate.
func (r *rig) form(path string, members ...string) response {
	r.t.Helper()
	return r.do(formRequest(path, members...))
}

func formRequest(path string, members ...string) *http.Request {
	body := url.Values{}
	for i := 0; i < len(members); i += 2 {
		body.Add(members[i], members[i+1])
	}
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req
}

func (r *rig) wantError(a response, status int, code string) {
	r.t.Helper()
	if a.Code != status || a.str("error") != code {
		r.t.Errorf("returns %d %s, want %d %s", a.Code, a.Body, status, code)
	}
}

func (r *rig) wantTokens(a response) response {
	r.t.Helper()
	if a.Code != http.StatusOK || a.str("access_token") == "" {
		r.t.Fatalf("returns %d %s, want tokens", a.Code, a.Body)
	}
	return a
}

// signIn issues tokens by user credentials.
func (r *rig) signIn() response {
	r.t.Helper()
	return r.wantTokens(r.post("/auth/token", "clientId", m2mClient, "clientSecret", secret,
		"grant_types", "user_credentials", "loginId", loginID))
}

// refresh uses ATM's form.
func (r *rig) refresh(tokens response) response {
	r.t.Helper()
	return r.post("/auth/token", "clientId", m2mClient, "grantType", "refresh_token",
		"refresh_token", tokens.str("refresh_token"), "id_token", tokens.str("id_token"))
}

// claims returns a token's payload.
func (r *rig) claims(token string) map[string]any {
	r.t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		r.t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(raw, &claims); err != nil {
		r.t.Fatal(err)
	}
	return claims
}

// active asks the server whether an access token counts.
func (r *rig) active(token string) bool {
	r.t.Helper()
	_, err := r.server.Verify(r.t.Context(), token)
	return err == nil
}

// lastEvent returns the event of the last request.
func (r *rig) lastEvent() oauth.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.events) == 0 {
		return oauth.Event{}
	}
	return r.events[len(r.events)-1]
}
