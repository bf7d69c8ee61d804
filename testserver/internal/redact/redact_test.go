package redact_test

import (
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/redact"
)

func TestPath_KeepsIdsAndMasksTokens(t *testing.T) {
	t.Parallel()
	id := strings.Repeat("a", 64)
	tests := map[string]string{
		"/":                                      "/",
		"/api/v1/applications/" + id:             "/api/v1/applications/" + id,
		"/api/v1/applications/" + id + "b/users": "/api/v1/applications/***/users",
		"/auth/introspect/eyJhbGciOiJSUzI1NiJ9":  "/auth/introspect/***",
	}
	for path, want := range tests {
		if got := redact.Path(path); got != want {
			t.Errorf("Path(%q) = %q, want %q", path, got, want)
		}
	}
	if got := redact.Path("/" + strings.Repeat("a/", 4000)); len(got) > 1100 {
		t.Errorf("a path of 8,000 characters is written down with %d", len(got))
	}
}

func TestMethod_KeepsWhatCouldBeOne(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]string{
		"GET": "GET", "VERSION-CONTROL": "VERSION-CONTROL", "": "",
		"480NULBEBGQJDOAOADC0CW2F": "***", "hunter2": "***", "AAAAAAAAAAAAAAAAAAAAAAAA": "***", "GeT": "***",
	} {
		if got := redact.Method(method); got != want {
			t.Errorf("Method(%q) = %q, want %q", method, got, want)
		}
	}
}

func TestQuery_MasksAllButWhatIsKnownToBeHarmless(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"":                                     "",
		"limit=5&ids=a,b":                      "ids=a%2Cb&limit=5",
		"client_secret=hunter2":                "client_secret=***",
		"clientSecret=a&clientSecret=b&name=n": "clientSecret=***&clientSecret=***&name=n",
		"480nulBeBGqJDoAOADC0CW2frGTDVEmq":     "***=***",
		"%zz":                                  "***",
	}
	for raw, want := range tests {
		if got := redact.Query(raw); got != want {
			t.Errorf("Query(%q) = %q, want %q", raw, got, want)
		}
	}
}
