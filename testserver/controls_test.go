package testserver_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

func TestControls_MoveTheServerOverHTTP(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(seeded), testserver.WithTestControls(""))
	steps := []struct {
		method, path, body string
		status             int
		has                string
	}{
		{"PUT", "/_test/clock", `{"now":"2030-01-02T03:04:05Z"}`, 200, `"now":"2030-01-02T03:04:`},
		{"POST", "/auth/token", workerSignIn, 200, `"access_token"`},
		{"POST", "/_test/clock/advance", `{"seconds":3600}`, 200, `"now":"2030-01-02T04:04:`},
		{"GET", "/_test/clock", "", 200, `"now":"2030-01-02T04:04:`},
		{"POST", "/_test/faults", `{"path":"/auth/*","status":503,"times":1}`, 204, ""},
		{"POST", "/auth/token", workerSignIn, 503, ""},
		{"GET", "/_test/requests", "", 200, `"total":2`},
		{"DELETE", "/_test/requests", "", 204, ""},
		{"GET", "/_test/requests", "", 200, `"total":0`},
		{"POST", "/_test/tokens", `{"claims":{"iss":"x"},"alg":"HS256","key":"unknown"}`, 200, `"token":"eyJ`},
		{"POST", "/_test/tokens", `{"alg":"ROT13"}`, 400, `"/alg"`},
		{"POST", "/_test/tokens", `{"key":"theirs"}`, 400, `"/key"`},
		{"PUT", "/_test/config", `{"publicUrl":"http://atm.test:1234"}`, 204, ""},
		{"GET", "/.well-known/openid-configuration", "", 200, `"issuer":"http://atm.test:1234"`},
		{"POST", "/_test/reset", "", 204, ""},
		{"GET", "/.well-known/openid-configuration", "", 200, `"issuer":"` + s.URL + `"`},
		{"GET", "/_test/clock", "", 200, time.Now().UTC().Format(`"now":"2006-`)},
		{"POST", "/auth/token", workerSignIn, 200, `"access_token"`},
		{"GET", "/_test/nowhere", "", 404, `"urn:atm:problem:unknown-path"`},
		{"PUT", "/_test/reset", "", 405, `"urn:atm:problem:method-not-allowed"`},
	}
	for _, step := range steps {
		got := send(t.Context(), t, s, step.method, step.path, step.body)
		if got.status != step.status || !strings.Contains(string(got.body), step.has) {
			t.Fatalf("%s %s %s: %d %s, want %d and %s", step.method, step.path, step.body, got.status, got.body, step.status, step.has)
		}
	}
}

func TestControls_AreClosedToPagesAndOpenToTheToken(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithTestControls(""))
	if got := send(t.Context(), t, s, http.MethodGet, "/_test/clock", "", "Origin", s.URL); got.status != http.StatusForbidden {
		t.Errorf("a page: %d", got.status)
	}
	s = testserver.Start(t, testserver.WithTestControls("let-me-in"))
	if got := send(t.Context(), t, s, http.MethodGet, "/_test/clock", ""); got.status != http.StatusUnauthorized {
		t.Errorf("without the token: %d", got.status)
	}
	got := send(t.Context(), t, s, http.MethodGet, "/_test/clock", "", "Authorization", "Bearer let-me-in")
	if got.status != http.StatusOK {
		t.Errorf("with the token: %d", got.status)
	}
}
