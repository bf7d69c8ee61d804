package assertion_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

const bearer = "very-secret-request-token"

// system plays the token endpoint of a CI system.
type system struct {
	*httptest.Server
	mu     sync.Mutex
	seen   []*http.Request
	bodies []string
	// reply serves the nth request, from 1.
	reply func(n int, w http.ResponseWriter, r *http.Request)
}

func newSystem(t *testing.T, reply func(n int, w http.ResponseWriter, r *http.Request)) *system {
	t.Helper()
	s := &system{reply: reply}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.seen, s.bodies = append(s.seen, r), append(s.bodies, string(body))
		n := len(s.seen)
		s.mu.Unlock()
		s.reply(n, w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *system) gitHub(t *testing.T) *assertion.Source { return gitHub(t, s.URL) }

func gitHub(t *testing.T, address string) *assertion.Source {
	t.Helper()
	return found(t, map[string]string{
		"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": address + "/token?api-version=2.0&audience=other", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": bearer,
	})
}

func (s *system) azureDevOps(t *testing.T) *assertion.Source {
	t.Helper()
	return found(t, map[string]string{"SYSTEM_OIDCREQUESTURI": s.URL + "/oidctoken", "SYSTEM_ACCESSTOKEN": bearer})
}

func found(t *testing.T, environ map[string]string) *assertion.Source {
	t.Helper()
	source, err := settings(environ).Find()
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func give(member, token string) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"count":1,%q:%q}`, member, token)
	}
}

func TestGitHub_Request(t *testing.T) {
	t.Parallel()
	want := token(t, nil)
	s := newSystem(t, give("value", want))
	source := s.gitHub(t)
	if err := source.Check(t.Context()); err != nil || len(s.seen) > 0 {
		t.Errorf("%d requests before a sign-in: %v", len(s.seen), err)
	}
	for range 2 {
		if got, err := source.Assertion(t.Context()); err != nil || got != want {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if len(s.seen) != 2 {
		t.Errorf("%d requests for two assertions", len(s.seen))
	}
	r := s.seen[0]
	if r.Method != http.MethodGet || r.URL.Path != "/token" || r.URL.RawQuery != "api-version=2.0&audience=https%3A%2F%2Fatm.example.com" {
		t.Errorf("%s %s", r.Method, r.URL)
	}
	if r.Header.Get("Authorization") != "Bearer "+bearer {
		t.Errorf("authorization %q", r.Header.Get("Authorization"))
	}
}

// No serviceConnectionId: that token would be a credential for Azure.
func TestAzureDevOps_Request(t *testing.T) {
	t.Parallel()
	want := token(t, nil)
	s := newSystem(t, give("oidcToken", want))
	if got, err := s.azureDevOps(t).Assertion(t.Context()); err != nil || got != want {
		t.Fatalf("%q, %v", got, err)
	}
	r := s.seen[0]
	if r.Method != http.MethodPost || r.URL.Path != "/oidctoken" || r.URL.RawQuery != "api-version=7.1" || s.bodies[0] != "" {
		t.Errorf("%s %s with %q", r.Method, r.URL, s.bodies[0])
	}
	if r.Header.Get("Authorization") != "Bearer "+bearer || r.Header.Get("X-TFS-FedAuthRedirect") != "Suppress" {
		t.Errorf("headers %v", r.Header)
	}
}

func TestRequest_IsRepeated(t *testing.T) {
	t.Parallel()
	want := token(t, nil)
	for _, status := range []int{429, 500, 501, 502, 503, 504} {
		s := newSystem(t, func(n int, w http.ResponseWriter, r *http.Request) {
			if n < 3 {
				w.WriteHeader(status)
				return
			}
			give("value", want)(n, w, r)
		})
		if got, err := s.gitHub(t).Assertion(t.Context()); err != nil || got != want {
			t.Errorf("%d: %q, %v", status, got, err)
		}
	}
}

// A system that asks for a longer wait than there is time is named with its
// status, and not only by the timeout.
func TestRequest_OutOfTime(t *testing.T) {
	t.Parallel()
	s := newSystem(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := s.gitHub(t).Assertion(ctx)
	if err == nil || !strings.Contains(err.Error(), "status 429") || len(s.seen) != 1 {
		t.Errorf("%d requests: %v", len(s.seen), err)
	}
}

// No error shows the body, the request's token or its URL, and every error names the system.
func TestRequest_Errors(t *testing.T) {
	t.Parallel()
	const body = "body-with-a-secret"
	other := newSystem(t, give("value", token(t, nil)))
	status := func(code int) func(int, http.ResponseWriter, *http.Request) {
		return func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", other.URL+"/"+body)
			w.WriteHeader(code)
			fmt.Fprintf(w, `{"value":%q}`, body)
		}
	}
	for name, test := range map[string]struct {
		reply    func(int, http.ResponseWriter, *http.Request)
		want     string
		requests int
	}{
		"301":              {status(301), "redirect (status 301)", 1},
		"302":              {status(302), "redirect (status 302)", 1},
		"307":              {status(307), "redirect (status 307)", 1},
		"400":              {status(400), "status 400", 1},
		"401":              {status(401), "id-token: write", 1},
		"403":              {status(403), "id-token: write", 1},
		"429":              {status(429), "status 429", 5},
		"503":              {status(503), "status 503", 5},
		"204":              {status(204), "status 204", 1},
		"no JSON":          {func(_ int, w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }, "JSON", 1},
		"no token":         {give("oidcToken", body), "without one", 1},
		"no JWT":           {give("value", body), "not a JWT", 1},
		"another audience": {give("value", token(t, jwt.MapClaims{"aud": "api://AzureADTokenExchange"})), `"api://AzureADTokenExchange"`, 1},
		"huge":             {func(_ int, w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat(body, 10_000)) }, "JSON", 1},
		"cut": {func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "999")
			fmt.Fprint(w, body)
		}, "did not give a token", 1},
	} {
		s := newSystem(t, test.reply)
		_, err := s.gitHub(t).Assertion(t.Context())
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "GitHub Actions ") {
			t.Errorf("%s: %v, want it to contain %q", name, err, test.want)
			continue
		}
		for _, secret := range []string{body, bearer, s.URL} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error contains %q: %v", name, secret, err)
			}
		}
		if len(s.seen) != test.requests {
			t.Errorf("%s: %d requests, want %d", name, len(s.seen), test.requests)
		}
	}
	if len(other.seen) > 0 {
		t.Errorf("a redirect was followed, with the authorization %q", other.seen[0].Header.Get("Authorization"))
	}
}

func TestRequest_OnlyHTTPS(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"http://ci.example.com":             "https://",
		"http://127.0.0.1.example.com":      "https://",
		"ftp://127.0.0.1":                   "https://",
		"ci.example.com":                    "not a URL",
		"https://user:" + bearer + "@x.com": "not a URL",
		"http://192.168.0.1":                "https://",
	} {
		_, err := gitHub(t, address).Assertion(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "ACTIONS_ID_TOKEN_REQUEST_URL") || strings.Contains(err.Error(), bearer) {
			t.Errorf("%s: %v, want it to contain %q", address, err, want)
		}
	}
	for _, address := range []string{"http://localhost:9", "http://[::1]:9", "http://127.0.0.1:9"} {
		if _, err := gitHub(t, address).Assertion(t.Context()); err == nil || strings.Contains(err.Error(), "https://") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
