package testserver_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// areas has a path of each area of the server.
var areas = []string{
	"/api/v1/suites", "/api/v1/nowhere", "/auth/token", "/auth/nowhere", "/auth/introspect",
	"/auth/.well-known/jwks.json", "/.well-known/openid-configuration", "/login?clientId=x", "/login",
	"/console", "/console/keys", "/console/nowhere", "/console/static/console.css",
	"/_test/clock", "/_test/nowhere", "/healthz", "/readyz", "/metrics", "/nowhere",
}

func TestServer_NoResponseIsSniffed(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithConsole(), testserver.WithTestControls(""))
	for _, path := range areas {
		got := send(t.Context(), t, s, http.MethodGet, path, "")
		if header := got.header.Values("X-Content-Type-Options"); len(header) != 1 || header[0] != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options is %q", path, header)
		}
		if header := got.header.Get("Strict-Transport-Security"); header != "" {
			t.Errorf("%s: Strict-Transport-Security is %q, but the public URL is http", path, header)
		}
	}
}

func TestServer_AnHTTPSPublicURLIsStrict(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithConsole(), testserver.WithTestControls(""), testserver.WithPublicURL("https://atm.example.com/base"))
	for _, path := range areas {
		got := send(t.Context(), t, s, http.MethodGet, path, "")
		if header := got.header.Values("Strict-Transport-Security"); len(header) != 1 || !strings.HasPrefix(header[0], "max-age=31536000") {
			t.Errorf("%s: Strict-Transport-Security is %q", path, header)
		}
	}
	// It would apply to every other server on this name (RFC 6797 §8.2).
	local := testserver.Start(t, testserver.WithPublicURL("https://localhost:8443"))
	if got := send(t.Context(), t, local, http.MethodGet, "/healthz", ""); got.header.Get("Strict-Transport-Security") != "" {
		t.Error("localhost is made strict")
	}
}

// TestPages_SayThatTheyAreOpenedOverHTTP: behind an https public URL the
// cookies of the forms are for https only, so that a form opened over http
// cannot be sent.
func TestPages_SayThatTheyAreOpenedOverHTTP(t *testing.T) {
	t.Parallel()
	const says = "opened over http, but the server&#39;s URL is https://atm.example.com"
	s := testserver.Start(t, testserver.WithConsole(), testserver.WithSeed(teamSeed), testserver.WithPublicURL("https://atm.example.com"))
	pages := []string{"/login?clientId=webwebwebwebwebwebwe", "/console/sign-in"}
	for name, c := range map[string]struct {
		headers []string
		plain   bool
	}{
		"directly":                 {nil, true},
		"by a name":                {[]string{"Host", "atm.example.com"}, true},
		"a proxy says http":        {[]string{"X-Forwarded-Proto", "http", "Sec-Fetch-Mode", "navigate"}, true},
		"Forwarded says http":      {[]string{"Forwarded", "for=192.0.2.1;proto=http"}, true},
		"a proxy says https":       {[]string{"X-Forwarded-Proto", "https"}, false},
		"a chain says https first": {[]string{"X-Forwarded-Proto", "https, http"}, false},
		"Forwarded says https":     {[]string{"Forwarded", `for=192.0.2.1;Proto="https"`}, false},
		// Browsers send it to trustworthy URLs only (Fetch Metadata §2).
		"the browser says https": {[]string{"Sec-Fetch-Mode", "navigate"}, false},
	} {
		for _, path := range pages {
			page := open(t.Context(), t, http.DefaultTransport, http.MethodGet, s.URL+path, nil, c.headers...)
			if strings.Contains(page, says) != c.plain {
				t.Errorf("%s: %s says so: %t", name, path, !c.plain)
			}
		}
	}
	// A browser sends no Secure cookie over http.
	for _, path := range pages {
		page := open(t.Context(), t, http.DefaultTransport, http.MethodGet, s.URL+path, nil)
		form := url.Values{"email": {"a@example.com"}, "password": {"correct horse battery"}}
		for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(page, -1) {
			form.Set(m[1], m[2])
		}
		path, _, _ := strings.Cut(path, "?")
		if page := open(t.Context(), t, http.DefaultTransport, http.MethodPost, s.URL+path, form); !strings.Contains(page, says) {
			t.Errorf("a form sent to %s over http: %s", path, page)
		}
	}
}

// open sends a request as a browser without cookies, and returns the page.
func open(ctx context.Context, t *testing.T, via http.RoundTripper, method, target string, form url.Values, headers ...string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := via.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
