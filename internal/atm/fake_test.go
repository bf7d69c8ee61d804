package atm_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// fake plays the responses that a real ATM gives only when something goes
// wrong. Each request is served by the next of its handlers, the last one for
// good.
type fake struct {
	*httptest.Server

	mu       sync.Mutex
	handlers []http.HandlerFunc
	seen     []*http.Request
	bodies   []string
}

func newFake(t *testing.T, handlers ...http.HandlerFunc) *fake {
	t.Helper()
	f := &fake{handlers: handlers}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	f.mu.Lock()
	f.seen, f.bodies = append(f.seen, r), append(f.bodies, string(body))
	handler := f.handlers[0]
	if len(f.handlers) > 1 {
		f.handlers = f.handlers[1:]
	}
	f.mu.Unlock()
	handler(w, r)
}

func (f *fake) requests() []*http.Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]*http.Request(nil), f.seen...)
}

// client is one with a ready token, so that only the requests under test are seen.
func (f *fake) client(t *testing.T, change ...func(*atm.Config)) *atm.Client {
	t.Helper()
	config := atm.Config{
		Endpoint: f.URL, UserAgent: "test", AccessToken: atm.SecretValue("opaque-token"),
		MaxRetries: 3, RetryWait: time.Millisecond, RequestTimeout: 5 * time.Second,
	}
	for _, c := range change {
		c(&config)
	}
	return newClient(t, config)
}

func newClient(t *testing.T, config atm.Config) *atm.Client {
	t.Helper()
	client, err := atm.New(config)
	if err != nil {
		t.Fatalf("atm.New: %v", err)
	}
	return client
}

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func response(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		kind := "application/json"
		if status >= 400 {
			kind = "application/problem+json"
		}
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func problem(status int, kind string) http.HandlerFunc {
	return response(status, fmt.Sprintf(`{"type":%q,"title":"title","status":%d,"detail":"what is wrong"}`, kind, status))
}

func retryAfter(status, seconds int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", fmt.Sprint(seconds))
		w.WriteHeader(status)
	}
}

// hangUp closes the connection without a response.
func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// truncate promises more than it sends.
func truncate(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"id":"s1"`)
}

func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	_, _ = io.WriteString(w, "<html>Sign in to the Wi-Fi</html>")
}

// suiteWith is a suite's JSON with another id.
func suiteWith(id string) string {
	return strings.Replace(suiteJSON, `"id":"s1"`, fmt.Sprintf(`"id":%q`, id), 1)
}

const suiteJSON = `{"id":"s1","name":"payments","etag":"\"e2\"","createdAt":"2026-01-02T03:04:05Z","updatedAt":"2026-01-02T03:04:05Z"}`

// token is a JWT of the fake's that says when it expires; no test checks its signature.
func token(t *testing.T, name string, expires time.Time) string {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"jti": name, "exp": expires.Unix()}).SignedString([]byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decodeBody(t *testing.T, body string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		t.Fatalf("body %q: %v", body, err)
	}
	return out
}
