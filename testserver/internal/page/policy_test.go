package page_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/page"
)

func TestPolicy_AllowsNothingUnlessTold(t *testing.T) {
	t.Parallel()
	header := http.Header{}
	page.Policy{}.Apply(header)
	want := "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
	if got := header.Get("Content-Security-Policy"); got != want {
		t.Errorf("the policy is %s", got)
	}
	for name, want := range map[string]string{
		"Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestSite_IsWhereAnApplicationMaySendTheBrowserOn(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string][]string{
		"https://app.example.com/callback":     {"https://example.com:*", "https://*.example.com:*"},
		"https://EXAMPLE.co.uk:8443/":          {"https://example.co.uk:*", "https://*.example.co.uk:*"},
		"http://localhost:3000/callback":       {"http://localhost:*"},
		"http://127.0.0.1:3000/callback":       {"http://127.0.0.1:*"},
		"http://[::1]:3000/callback":           {"http:"},
		"com.example.app:/callback":            {"com.example.app:"},
		"myapp://callback":                     {"myapp:"},
		"https://someone.github.io/cb":         {"https://someone.github.io:*", "https://*.someone.github.io:*"},
		"https://a.example.com;script-src%20*": {"https:"},
		"not a url":                            nil,
		"'self':x":                             nil,
		"":                                     nil,
	} {
		if got := page.Site(raw); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

func TestOrigins_NameOnlyThemselves(t *testing.T) {
	t.Parallel()
	got := page.Origins("https://app.example.com", "http://localhost:3000", "nothing", "https://a;b")
	if want := []string{"https://app.example.com", "http://localhost:3000"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := page.Origins("https://app.example.com", "*"); !slices.Equal(got, []string{"http:", "https:"}) {
		t.Errorf("all: %q", got)
	}
}

// FuzzSite: any redirect URL can add only to form-action.
func FuzzSite(f *testing.F) {
	for _, seed := range []string{"https://app.example.com/cb", "x:;script-src *", "https://a b/", "http://[::1]/", "https://'none'/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, source := range append(page.Site(raw), page.Origins(raw)...) {
			if strings.ContainsAny(source, " ;,'\t\r\n") || source == "*" {
				t.Errorf("%q becomes the source %q", raw, source)
			}
		}
	})
}

func TestPolicy_AllowsWhatItIsTold(t *testing.T) {
	t.Parallel()
	policy := page.Policy{
		Style: page.Source("p{}"), Script: "'self'", Image: "data:", Connect: "'self'", FormAction: []string{"'self'", "https://app.example.com"},
	}
	const want = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https://app.example.com; " +
		"style-src 'sha256-gG2yISYereRMiG2lMXrbiUgi0Ubw9p7QCeWcroOvy9Y='; script-src 'self'; img-src data:; connect-src 'self'"
	if got := policy.String(); got != want {
		t.Errorf("the policy is %s", got)
	}
}
