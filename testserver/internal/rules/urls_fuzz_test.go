package rules_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
)

// FuzzOrigin: the normalized form is an origin, and normalizing it again changes
// nothing.
func FuzzOrigin(f *testing.F) {
	for _, origin := range []string{
		"*", "https://app.example.com", "HTTPS://App.Example.com:443", "http://[::1]:80", "http://localhost:3000", "https://a:0443",
		"custom://host:80", "https://a/", "https://u@a", "https://[::1%25lo]", "http://a:", "https://xn--nxasmq6b",
	} {
		f.Add(origin)
	}
	f.Fuzz(func(t *testing.T, origin string) {
		normal, err := rules.Origin(origin)
		if err != nil {
			return
		}
		again, err := rules.Origin(normal)
		if err != nil || again != normal {
			t.Fatalf("%q becomes %q, and that %q (%v)", origin, normal, again, err)
		}
		if strings.ToLower(normal) != normal || strings.ContainsAny(normal, " \t\r\n\\#?") {
			t.Errorf("%q becomes %q", origin, normal)
		}
	})
}

// FuzzRedirectURL: an accepted URL is absolute, and nothing in it ends a header
// or begins a fragment.
func FuzzRedirectURL(f *testing.F) {
	for _, redirect := range []string{
		"https://app.example.com/callback", "com.example.app:/callback", "http://127.0.0.1:0/x", "http://[::1]/cb?a=b", "javascript:alert(1)",
		"JavaScript://x/%0aalert(1)", "//host/path", "https:///path", "https://u:p@h/", "https://h/#f", "https://h/*", "data:text/html,x", "a:",
	} {
		f.Add(redirect)
	}
	f.Fuzz(func(t *testing.T, redirect string) {
		if rules.RedirectURL(redirect) != nil {
			return
		}
		u, err := url.Parse(redirect)
		if err != nil || !u.IsAbs() || u.User != nil || u.Fragment != "" || strings.ContainsAny(redirect, "\r\n\x00#\\ ") {
			t.Fatalf("%q is accepted", redirect)
		}
		for _, scheme := range []string{"javascript:", "data:", "vbscript:", "file:", "blob:"} {
			if strings.HasPrefix(strings.ToLower(redirect), scheme) {
				t.Errorf("%q is accepted", redirect)
			}
		}
	})
}
