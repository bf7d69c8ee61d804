package testserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/metrics"
)

func TestServer_NotFoundHasTheFormatOfTheArea(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t)
	const (
		problem = "application/problem+json"
		oauth   = "application/json"
		page    = "text/html; charset=utf-8"
	)
	tests := []struct {
		method, path string
		status       int
		contentType  string
		has          string // in the body
		allow        string
	}{
		{"GET", "/", 404, problem, `"urn:atm:problem:unknown-path"`, ""},
		{"GET", "/nowhere", 404, problem, `"urn:atm:problem:unknown-path"`, ""},
		{"GET", "/api/v1/nowhere", 404, problem, `"urn:atm:problem:unknown-path"`, ""},
		{"GET", "/api/api/v1/suites/x", 404, problem, `"urn:atm:problem:unknown-path"`, ""},
		{"GET", "/api/v1/api/v1/suites/x", 404, problem, `"urn:atm:problem:unknown-path"`, ""},
		{"GET", "/api/v2/suites", 404, problem, `"urn:atm:problem:unknown-path"`, ""},
		{"GET", "/auth/nowhere", 404, oauth, `"error":"invalid_request"`, ""},
		{"GET", "/.well-known/nowhere", 404, oauth, `"error":"invalid_request"`, ""},
		{"GET", "/console/nowhere", 404, page, "<h1>", ""},
		{"GET", "/_test/clock", 404, problem, `"urn:atm:problem:unknown-path"`, ""}, // off
		{"DELETE", "/api/v1/suites", 405, problem, `"urn:atm:problem:method-not-allowed"`, "GET, POST"},
		{"POST", "/healthz", 405, problem, `"urn:atm:problem:method-not-allowed"`, "GET"},
		{"GET", "/auth/token", 405, oauth, `"error":"invalid_request"`, "POST, OPTIONS"},
		{"PUT", "/auth/.well-known/jwks.json", 405, oauth, `"error":"invalid_request"`, "GET, HEAD, OPTIONS"},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			t.Parallel()
			got := send(t.Context(), t, s, tt.method, tt.path, "")
			if got.status != tt.status || tt.contentType != "" && got.header.Get("Content-Type") != tt.contentType ||
				!strings.Contains(string(got.body), tt.has) || got.header.Get("Allow") != tt.allow {
				t.Errorf("%d %s, Allow %q\n%s", got.status, got.header.Get("Content-Type"), got.header.Get("Allow"), got.body)
			}
			if got.header.Get("X-Request-Id") == "" {
				t.Error("the response has no request id")
			}
		})
	}
}

func TestServer_RefusesBodiesOverOneMiB(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithTestControls(""))
	token, err := s.Admin().Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	large := `{"name":"` + strings.Repeat("a", 1<<20) + `"}`
	for _, path := range []string{"/api/v1/suites", "/auth/token", "/_test/faults"} {
		got := send(t.Context(), t, s, http.MethodPost, path, large, "Authorization", "Bearer "+token)
		if got.status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

func TestServer_KeepsTheRequestIDThatItIsGiven(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t)
	got := send(t.Context(), t, s, http.MethodGet, "/api/v1/suites", "", "X-Request-Id", "build-7")
	if got.header.Get("X-Request-Id") != "build-7" || got.field("instance") != "urn:atm:request:build-7" {
		t.Errorf("%v %s", got.header, got.body)
	}
	requests := s.Requests()
	if len(requests) != 1 || requests[0].RequestID != "build-7" || requests[0].Status != http.StatusUnauthorized {
		t.Errorf("the journal has %+v", requests)
	}
}

func TestServer_TellsItsHealth(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if got := send(t.Context(), t, s, http.MethodGet, path, ""); got.status != http.StatusOK || got.field("status") != "ok" {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
		if got := send(t.Context(), t, s, http.MethodHead, path, ""); got.status != http.StatusOK {
			t.Errorf("HEAD %s: %d", path, got.status)
		}
	}
}

func TestServer_MeasuresWhatItDoes(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(seeded), testserver.WithRateLimit(1, 0), metrics.WithPrometheus())
	signIn(t, s)
	wrong := strings.Replace(workerSignIn, workerSecret, robotSecret, 1)
	for _, want := range []int{http.StatusUnauthorized, http.StatusTooManyRequests} {
		if got := send(t.Context(), t, s, http.MethodPost, "/auth/token", wrong); got.status != want {
			t.Fatalf("a wrong secret: %d, want %d", got.status, want)
		}
	}
	manage(t, s, http.MethodGet, "/api/v1/suites/unknown", "")
	got := string(send(t.Context(), t, s, http.MethodGet, "/metrics", "").body) + "\n" // send trims it
	for _, line := range []string{
		`atm_token_requests_total{endpoint="token",grant_type="user_credentials",result="wrong_secret"} 1`,
		`atm_token_requests_total{endpoint="token",grant_type="user_credentials",result="rate_limited"} 1`,
		`atm_http_requests_total{method="GET",route="/api/v1/suites/{id}",status="404"} 1`,
		`atm_http_requests_total{method="POST",route="/auth/token",status="200"} 1`,
		`atm_signing_keys{status="current"} 1`,
		`atm_signing_keys{status="next"} 1`,
		`atm_rate_limited_keys{kind="failures"} 1`,
		`atm_http_request_duration_seconds_count{method="POST",route="/auth/token"} 3`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("missing: %s", line)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestServers_OfOneProcessCountByThemselves(t *testing.T) {
	t.Parallel()
	one := testserver.Start(t, testserver.WithSeed(seeded), metrics.WithPrometheus())
	other := testserver.Start(t, testserver.WithSeed(seeded), metrics.WithPrometheus())
	signIn(t, one)
	const line = `atm_http_requests_total{method="POST",route="/auth/token",status="200"} 1`
	if got := send(t.Context(), t, one, http.MethodGet, "/metrics", ""); !strings.Contains(string(got.body), line) {
		t.Error("the server that was asked does not count")
	}
	if got := send(t.Context(), t, other, http.MethodGet, "/metrics", ""); strings.Contains(string(got.body), `route="/auth/token"`) {
		t.Error("the other server counts what it was not asked")
	}
	if len(other.Requests()) != 0 || other.URL == one.URL || other.Admin().ClientID == one.Admin().ClientID {
		t.Error("two servers share what is theirs")
	}
}
