package testcontrol_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/testcontrol"
)

type panel struct {
	handler   http.Handler
	clock     *clock.Settable
	faults    testcontrol.Faults
	journal   testcontrol.Journal
	resets    int
	resetErr  error
	minted    testcontrol.MintRequest
	publicURL *url.URL
}

func newPanel(token string) *panel {
	p := &panel{clock: clock.NewSettable()}
	p.clock.Freeze(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	config := testcontrol.Config{
		Clock: p.clock, Faults: &p.faults, Journal: &p.journal, Token: token,
		Reset: func(context.Context) error { p.resets++; return p.resetErr },
		Mint: func(_ context.Context, r testcontrol.MintRequest) (string, error) {
			p.minted = r
			if r.Algorithm == "HS1" {
				return "", problem.InvalidField("/alg", "is not known")
			}
			return "a.b.c", nil
		},
		SetPublicURL: func(u *url.URL) { p.publicURL = u },
	}
	router := chi.NewRouter()
	router.Route("/_test", config.Routes)
	p.handler = router
	return p
}

func local(method, path, body string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr, r.Host = "127.0.0.1:54321", "127.0.0.1:8080"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func (p *panel) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w
}

func TestHandler_ClockIsReadSetAndAdvanced(t *testing.T) {
	t.Parallel()
	p := newPanel("")
	steps := []struct{ method, path, body, want string }{
		{"GET", "/_test/clock", "", `{"now":"2030-01-01T00:00:00Z"}`},
		{"PUT", "/_test/clock", `{"now":"2031-06-01T14:00:00+02:00"}`, `{"now":"2031-06-01T12:00:00Z"}`},
		{"POST", "/_test/clock/advance", `{"seconds":90.5}`, `{"now":"2031-06-01T12:01:30.5Z"}`},
		{"POST", "/_test/clock/advance", `{"seconds":-30.5}`, `{"now":"2031-06-01T12:01:00Z"}`},
		{"GET", "/_test/clock", "", `{"now":"2031-06-01T12:01:00Z"}`},
	}
	for _, s := range steps {
		w := p.do(local(s.method, s.path, s.body))
		if w.Code != 200 || w.Body.String() != s.want || w.Header().Get("Content-Type") != "application/json" {
			t.Fatalf("%s %s %s: %d %s", s.method, s.path, s.body, w.Code, w.Body)
		}
	}
}

func TestHandler_FaultsAreAddedAndRemoved(t *testing.T) {
	t.Parallel()
	p := newPanel("")
	w := p.do(local("POST", "/_test/faults", `{"method":"GET","path":"/api/**","times":2,"status":503,
		"headers":{"Retry-After":"1"},"body":"x","delayMs":1,"truncate":0}`))
	if w.Code != http.StatusNoContent {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	got := httptest.NewRecorder()
	func() {
		defer func() { _ = recover() }() // truncate ends in a dropped connection
		h := p.faults.Middleware(t.Context(), http.NotFoundHandler())
		h.ServeHTTP(got, httptest.NewRequest("GET", "/api/v1/suites", nil))
	}()
	if got.Code != 503 || got.Header().Get("Retry-After") != "1" || got.Body.Len() != 0 {
		t.Errorf("the fault returned %d %v %q", got.Code, got.Header(), got.Body)
	}
	if w := p.do(local("DELETE", "/_test/faults", "")); w.Code != http.StatusNoContent {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	got = httptest.NewRecorder()
	p.faults.Middleware(t.Context(), http.NotFoundHandler()).ServeHTTP(got, httptest.NewRequest("GET", "/api/v1/suites", nil))
	if got.Code != http.StatusNotFound {
		t.Errorf("after their removal, a fault returned %d", got.Code)
	}
}

func TestHandler_JournalIsReadAndEmptied(t *testing.T) {
	t.Parallel()
	p := newPanel("")
	if got := p.do(local("GET", "/_test/requests", "")).Body.String(); got != `{"total":0,"items":[]}` {
		t.Errorf("empty: %s", got)
	}
	p.journal.Middleware(p.clock, http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("PUT", "/login", nil))
	want := `{"total":1,"items":[{"method":"PUT","path":"/login","status":404,"requestId":"","at":"2030-01-01T00:00:00Z"}]}`
	if got := p.do(local("GET", "/_test/requests", "")).Body.String(); got != want {
		t.Errorf("got %s", got)
	}
	if w := p.do(local("DELETE", "/_test/requests", "")); w.Code != http.StatusNoContent {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if _, total := p.journal.Entries(); total != 0 {
		t.Errorf("total %d after it was emptied", total)
	}
}

func TestHandler_ResetsMintsAndSetsThePublicURL(t *testing.T) {
	t.Parallel()
	p := newPanel("")
	if w := p.do(local("POST", "/_test/reset", "")); w.Code != 204 || p.resets != 1 {
		t.Errorf("reset: %d %s, %d times", w.Code, w.Body, p.resets)
	}
	p.resetErr = errors.New("disk full")
	if w := p.do(local("POST", "/_test/reset", "")); w.Code != 500 || strings.Contains(w.Body.String(), "disk") {
		t.Errorf("a failed reset: %d %s", w.Code, w.Body)
	}
	w := p.do(local("POST", "/_test/tokens", `{"claims":{"iss":"x","aud":null},"expiresIn":-5,"kid":"../k","alg":"none","key":"unknown"}`))
	if w.Code != 200 || w.Body.String() != `{"token":"a.b.c"}` {
		t.Errorf("mint: %d %s", w.Code, w.Body)
	}
	m := p.minted
	if m.Claims["iss"] != "x" || m.Claims["aud"] != nil || len(m.Claims) != 2 || *m.ExpiresIn != -5 || *m.KeyID != "../k" ||
		m.Algorithm != "none" || m.Key != "unknown" {
		t.Errorf("minted %+v", m)
	}
	if w := p.do(local("PUT", "/_test/config", `{"publicUrl":"https://atm.example.com:8443/base"}`)); w.Code != 204 ||
		p.publicURL.String() != "https://atm.example.com:8443/base" {
		t.Errorf("config: %d %s, %s", w.Code, w.Body, p.publicURL)
	}
}

func TestHandler_BadInputIsNamedByItsPointer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		method, path, body string
		status             int
		pointer            string
	}{
		{"PUT", "/_test/clock", `{}`, 400, "/now"},
		{"PUT", "/_test/clock", `{"now":"tomorrow"}`, 400, "/now"},
		{"PUT", "/_test/clock", `{"now":"9999-01-01T00:00:00Z"}`, 400, "/now"},
		{"PUT", "/_test/clock", `{"now":"2030-01-01T00:00:00Z","zone":"UTC"}`, 400, "/zone"},
		{"PUT", "/_test/clock", `{"now":`, 400, ""},
		{"PUT", "/_test/clock", `[]`, 400, "body"},
		{"POST", "/_test/clock/advance", `{}`, 400, "/seconds"},
		{"POST", "/_test/clock/advance", `{"seconds":1e300}`, 400, "/seconds"},
		{"POST", "/_test/clock/advance", `{"seconds":-1e10}`, 400, "/seconds"},
		{"POST", "/_test/faults", `{"status":42}`, 400, "/status"},
		{"POST", "/_test/faults", `{"delayMs":9223372036854775807}`, 400, "/delayMs"},
		{"POST", "/_test/faults", `{"headers":{"X":1}}`, 400, "/headers/X"},
		{"POST", "/_test/faults", `{"path":"["}`, 400, "/path"},
		{"POST", "/_test/tokens", `{"alg":"HS1"}`, 400, "/alg"},
		{"PUT", "/_test/config", `{"publicUrl":"atm.example.com"}`, 400, "/publicUrl"},
		{"PUT", "/_test/config", `{"publicUrl":"https://u:p@atm.example.com"}`, 400, "/publicUrl"},
		{"PUT", "/_test/config", `{"publicUrl":"http://ä.example"}`, 400, "/publicUrl"},
		{"PUT", "/_test/config", `{"publicUrl":"http://a_b.example:99999"}`, 400, "/publicUrl"},
		{"PUT", "/_test/config", `{"publicUrl":"http://[::1%25eth0]"}`, 400, "/publicUrl"},
		{"PUT", "/_test/config", `{"publicUrl":"http://1.2.3"}`, 400, "/publicUrl"},
	}
	for _, tt := range tests {
		t.Run(tt.path+" "+tt.body, func(t *testing.T) {
			t.Parallel()
			w := newPanel("").do(local(tt.method, tt.path, tt.body))
			var document struct {
				Errors []struct{ Pointer string }
			}
			if err := json.Unmarshal(w.Body.Bytes(), &document); err != nil {
				t.Fatalf("%d %s: %v", w.Code, w.Body, err)
			}
			pointer := ""
			if len(document.Errors) == 1 {
				pointer = document.Errors[0].Pointer
			}
			if w.Code != tt.status || pointer != tt.pointer || w.Header().Get("Content-Type") != problem.ContentType {
				t.Errorf("%d %s, want %d at %q", w.Code, w.Body, tt.status, tt.pointer)
			}
		})
	}
}

func TestHandler_ABodyOfAnotherTypeIsRefused(t *testing.T) {
	t.Parallel()
	p := newPanel("")
	r := local("POST", "/_test/faults", `{"status":503}`)
	r.Header.Set("Content-Type", "text/plain")
	if w := p.do(r); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestGuard_WithoutATokenLetsInThisMachinesProcessesOnly(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*http.Request)
		status int
	}{
		"loopback":                  {func(*http.Request) {}, 200},
		"loopback, IPv6":            {func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:1", "[::1]:8080" }, 200},
		"loopback, mapped":          {func(r *http.Request) { r.RemoteAddr = "[::ffff:127.0.0.1]:1" }, 200},
		"localhost":                 {func(r *http.Request) { r.Host = "localhost:8080" }, 200},
		"typed into a browser":      {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "none") }, 200},
		"another machine":           {func(r *http.Request) { r.RemoteAddr = "192.0.2.7:1" }, 403},
		"a foreign host":            {func(r *http.Request) { r.Host = "evil.example:8080" }, 403},
		"a host that looks like it": {func(r *http.Request) { r.Host = "127.0.0.1.evil.example" }, 403},
		"no host":                   {func(r *http.Request) { r.Host = "" }, 403},
		"a page":                    {func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, 403},
		"a page of this machine":    {func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:8080") }, 403},
		"a page's image":            {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		"through an old proxy":      {func(r *http.Request) { r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.0", 1, 0 }, 403},
		"through a proxy":           {func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.7") }, 403},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := local("GET", "/_test/clock", "")
			tt.change(r)
			if w := newPanel("").do(r); w.Code != tt.status {
				t.Errorf("%d %s, want %d", w.Code, w.Body, tt.status)
			}
		})
	}
}

func TestGuard_WithATokenLetsInClientsThatSendIt(t *testing.T) {
	t.Parallel()
	const token = "let-me-control-this-server"
	tests := map[string]struct {
		authorization string
		status        int
	}{
		"the token":         {"Bearer " + token, 200},
		"in small letters":  {"bearer " + token, 200},
		"none":              {"", 401},
		"another":           {"Bearer other", 401},
		"its beginning":     {"Bearer let-me", 401},
		"another scheme":    {"Basic " + token, 401},
		"without a scheme":  {token, 401},
		"an empty one":      {"Bearer ", 401},
		"of the token API":  {"Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln", 401},
		"more than a token": {"Bearer " + token + "x", 401},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := local("GET", "/_test/clock", "")
			r.RemoteAddr, r.Host = "192.0.2.7:1", "atm.example.com"
			r.Header.Set("Authorization", tt.authorization)
			w := newPanel(token).do(r)
			if w.Code != tt.status {
				t.Errorf("%d %s, want %d", w.Code, w.Body, tt.status)
			}
			if tt.status == 401 && !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("challenge %q", w.Header().Get("WWW-Authenticate"))
			}
		})
	}
	r := local("GET", "/_test/clock", "")
	if w := newPanel(token).do(r); w.Code != 401 {
		t.Errorf("a loopback peer without the token: %d", w.Code)
	}
}
