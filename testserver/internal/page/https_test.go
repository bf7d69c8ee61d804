package page_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/page"
)

func TestPlainHTTP_WarnsOfFormsThatCannotBeSent(t *testing.T) {
	t.Parallel()
	const public = "https://atm.example.com"
	for name, tc := range map[string]struct {
		url     string
		headers []string
		warns   bool
	}{
		"a server of http":                     {"http://atm.example.com", nil, false},
		"a server whose URL cannot be read":    {"https://[", nil, false},
		"nothing said":                         {public, nil, true},
		"a proxy that ends TLS":                {public, []string{"X-Forwarded-Proto", "https"}, false},
		"the outermost of several":             {public, []string{"X-Forwarded-Proto", " HTTPS , http"}, false},
		"a proxy that was asked over http":     {public, []string{"X-Forwarded-Proto", "http, https", "Sec-Fetch-Mode", "navigate"}, true},
		"a proxy of RFC 7239":                  {public, []string{"Forwarded", `for=192.0.2.1; Proto="https"; by=x, proto=http`}, false},
		"one of RFC 7239, over http":           {public, []string{"Forwarded", "proto=http;for=192.0.2.1, proto=https"}, true},
		"one of RFC 7239 that does not say":    {public, []string{"Forwarded", "for=192.0.2.1"}, true},
		"a browser that says so itself":        {public, []string{"Sec-Fetch-Mode", "navigate"}, false},
		"a browser behind a proxy of RFC 7239": {public, []string{"Sec-Fetch-Mode", "navigate", "Forwarded", "for=192.0.2.1"}, false},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://atm.example.com/login", nil)
		for i := 0; i < len(tc.headers); i += 2 {
			r.Header.Set(tc.headers[i], tc.headers[i+1])
		}
		warning := page.PlainHTTP(r, tc.url)
		if (warning != "") != tc.warns || tc.warns && !strings.Contains(warning, tc.url) {
			t.Errorf("%s: %q", name, warning)
		}
		r.TLS = &tls.ConnectionState{}
		if warning := page.PlainHTTP(r, tc.url); warning != "" {
			t.Errorf("%s, over TLS: %q", name, warning)
		}
	}
}
