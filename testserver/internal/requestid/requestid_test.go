package requestid_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/requestid"
)

func TestMiddleware_KeepsAValidIDAndReplacesAnyOther(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		sent string
		kept bool
	}{
		"none":                  {"", false},
		"letters and signs":     {"Build-7.step_2", true},
		"the longest":           {strings.Repeat("a", 128), true},
		"too long":              {strings.Repeat("a", 129), false},
		"a second line":         {"a\nlevel=ERROR", false},
		"a space":               {"a b", false},
		"a quote":               {`a"b`, false},
		"beyond ASCII":          {"ü", false},
		"a slash, as in a path": {"../x", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen string
			h := requestid.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				seen = requestid.From(r.Context())
			}))
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header[requestid.Header] = []string{tt.sent}
			h.ServeHTTP(w, r)

			returned := w.Header().Get(requestid.Header)
			if seen != returned {
				t.Errorf("the handler saw %q, the response carries %q", seen, returned)
			}
			if kept := returned == tt.sent; kept != tt.kept {
				t.Errorf("sent %q, returned %q", tt.sent, returned)
			}
			if !requestid.Valid(returned) {
				t.Errorf("%q is no valid id", returned)
			}
		})
	}
}

func TestMiddleware_MakesUpAnotherIDEachTime(t *testing.T) {
	t.Parallel()
	h := requestid.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	seen := map[string]bool{}
	for range 10 {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		seen[w.Header().Get(requestid.Header)] = true
	}
	if len(seen) != 10 {
		t.Errorf("10 requests have %d ids", len(seen))
	}
}
