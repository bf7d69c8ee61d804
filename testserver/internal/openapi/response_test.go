package openapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
)

const suite = `{"id":"s","name":"n","etag":"\"e\"","createdAt":"2026-01-02T03:04:05Z","updatedAt":"2026-01-02T03:04:05Z"}`

func TestCheckResponses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, method, path string
		status             int
		header             map[string]string
		body               string
		want               string // part of the report; empty: nothing to report
	}{
		{"right", "GET", "/api/v1/suites/s", 200, map[string]string{"ETag": `"e"`, "Content-Type": "application/json"}, suite, ""},
		{"no etag", "GET", "/api/v1/suites/s", 200, map[string]string{"Content-Type": "application/json"}, suite, "ETag"},
		{"other status", "GET", "/api/v1/suites/s", 202, map[string]string{"Content-Type": "application/json"}, suite, "Content-Type"},
		{"no content type", "GET", "/api/v1/suites/s", 200, map[string]string{"ETag": `"e"`}, suite, "Content-Type"},
		{"unknown field", "GET", "/api/v1/suites/s", 200, map[string]string{"ETag": `"e"`, "Content-Type": "application/json"},
			strings.Replace(suite, `"id"`, `"x":1,"id"`, 1), "unsupported"},
		{"body where none is", "DELETE", "/api/v1/suites/s", 204, nil, "x", "no body"},
		{"unknown path", "GET", "/api/v1/nothing", 200, map[string]string{"Content-Type": "application/json"}, "{}", "no such operation"},
		{"undocumented room", "GET", "/console", 200, nil, "page", ""},
		{"page", "GET", "/login", 200, map[string]string{"Content-Type": "text/html; charset=utf-8"}, "<p>", ""},
		{"metrics", "GET", "/metrics", 200, map[string]string{"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}, "up 1", ""},
		{"not modified", "GET", "/auth/.well-known/jwks.json", 304, map[string]string{"ETag": `"e"`}, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Request-Id", "r")
				for name, value := range tc.header {
					w.Header().Set(name, value)
				}
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.body)
			})
			var reports []string
			checked := load(t).CheckResponses(handler, func(err error) { reports = append(reports, err.Error()) })
			w := httptest.NewRecorder()
			checked.ServeHTTP(w, httptest.NewRequest(tc.method, tc.path, nil))
			if w.Code != tc.status || w.Body.String() != tc.body {
				t.Errorf("the response is changed: %d %q", w.Code, w.Body)
			}
			switch all := strings.Join(reports, "\n"); {
			case tc.want == "" && all != "":
				t.Errorf("reported: %s", all)
			case !strings.Contains(all, tc.want):
				t.Errorf("got %q, want %q", all, tc.want)
			}
		})
	}
}

func TestCheckResponses_ProblemOnUnknownPath(t *testing.T) {
	t.Parallel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", "r")
		problem.Write(w, problem.UnknownPath())
	})
	checked := load(t).CheckResponses(handler, func(err error) { t.Error(err) })
	checked.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/api/v1/nothing", nil))
}

func TestCheckResponses_ReportsMissingRequestID(t *testing.T) {
	t.Parallel()
	reported := false
	checked := load(t).CheckResponses(http.NotFoundHandler(), func(error) { reported = true })
	checked.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/api/v1/nothing", nil))
	if !reported {
		t.Error("a response without X-Request-Id is not reported")
	}
}
