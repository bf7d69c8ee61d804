package redact_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/redact"
)

func TestPath_MasksWhatTheServerDoesNotKnow(t *testing.T) {
	t.Parallel()
	id := strings.Repeat("a", 64)
	tests := []struct {
		path   string
		status int
		want   string
	}{
		{"/", 404, "/"},
		{"/api/v1/applications/" + id, 200, "/api/v1/applications/" + id},
		{"/api/v1/applications/" + id, 304, "/api/v1/applications/" + id},
		{"/api/v1/applications/" + id + "/users/u7", 201, "/api/v1/applications/" + id + "/users/u7"},
		{"/api/v1/applications/hunter2", 404, "/api/v1/applications/***"},
		{"/api/v1/applications/hunter2", 401, "/api/v1/applications/***"},
		{"/api/v1/applications/hunter2/users/u7", 404, "/api/v1/applications/***/users/***"},
		{"/api/v1/suites/hunter2", 403, "/api/v1/suites/***"},
		{"/console/applications/hunter2", 303, "/console/applications/***"},
		{"/_test/hunter2", 403, "/_test/***"},
		{"/api/v1/applications/" + id, 0, "/api/v1/applications/***"},
		{"/api/v1/applications/" + id, 500, "/api/v1/applications/***"},
		{"/api/v1/applications/" + id + "b/users", 200, "/api/v1/applications/***/users"},
		{"/auth/introspect/eyJhbGciOiJSUzI1NiJ9", 200, "/auth/introspect/***"},
		{"/auth/token/hunter2", 404, "/auth/token/***"},
		{"/hunter2/auth/token", 404, "/***/auth/token"},
		{"/hunter2", 404, "/***"},
		{"hunter2", 404, "***"},
		{"/auth//token/", 404, "/auth//token/"},
		{"*", 404, "***"},
	}
	for _, tt := range tests {
		if got := redact.Path(tt.path, tt.status); got != tt.want {
			t.Errorf("Path(%q, %d) = %q, want %q", tt.path, tt.status, got, tt.want)
		}
	}
	if got := redact.Path("/"+strings.Repeat("a/", 4000), 404); len(got) > 4200 {
		t.Errorf("a path of 8,000 characters is logged with %d", len(got))
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
		"client_assertion=eyJhbGciOiJub25lIn0": "client_assertion=***",
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

// TestPath_KnowsEveryPathOfTheContract fails when openapi.yaml gets a path whose
// words would be masked in the log.
func TestPath_KnowsEveryPathOfTheContract(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	paths := regexp.MustCompile(`(?m)^  (/[^:]*):$`).FindAllSubmatch(document, -1)
	if len(paths) < 20 {
		t.Fatalf("the document has only %d paths", len(paths))
	}
	parameter := regexp.MustCompile(`\{[^}]*\}`)
	for _, path := range paths {
		want := parameter.ReplaceAllString(string(path[1]), redact.Mask)
		if got := redact.Path(string(path[1]), 404); got != want {
			t.Errorf("%s is logged as %s", path[1], got)
		}
	}
}
