package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
)

func TestClientSecret(t *testing.T) {
	t.Parallel()
	const base = "abcdefghijkl"
	for secret, ok := range map[string]bool{
		strings.Repeat(base, 3)[:32]:             true,
		strings.Repeat(base, 3)[:31]:             false,
		base + strings.Repeat("a", 128-12):       true,
		base + strings.Repeat("a", 129-12):       false,
		base[:11] + strings.Repeat("a", 32):      false,
		strings.Repeat(base, 3) + "é":            false,
		strings.Repeat(base, 3) + "\t":           false,
		" ~" + strings.Repeat(base, 3):           true,
		"480nulBeBGqJDoAOADC0CW2frGTDVEmq":       true,
		strings.Repeat("🔑", 10) + base + "abcde": false,
	} {
		if err := rules.ClientSecret(secret); (err == nil) != ok {
			t.Errorf("%q: got %v, want accepted %v", secret, err, ok)
		}
	}
}

func TestRedirectURL(t *testing.T) {
	t.Parallel()
	for raw, ok := range map[string]bool{
		"https://app.example.com/callback?x=1": true,
		"http://localhost:3000/cb":             true,
		"http://[::1]:3000/cb":                 true,
		"com.example.app:/callback":            true,
		"myapp://callback":                     true,
		"HTTPS://App.Example.com/":             true,
		"":                                     false,
		"/callback":                            false,
		"app.example.com/callback":             false,
		"https:///callback":                    false,
		"https:callback":                       false,
		"https://app.example.com/#frag":        false,
		"https://app.example.com/#":            false,
		"https://user:pass@app.example.com/":   false,
		"https://*.example.com/":               false,
		"https://app.example.com:0/":           false,
		"https://app.example.com:99999/":       false,
		"https://app example.com/":             false,
		"https://app.example.com/\\evil":       false,
		"https://bücher.example/":              false,
		"javascript:alert(1)":                  false,
		"JavaScript:alert(1)":                  false,
		"data:text/html,x":                     false,
		"https://app.example.com/\n":           false,
		"https://%zz/":                         false,
		"myapp:":                               false,
	} {
		if err := rules.RedirectURL(raw); (err == nil) != ok {
			t.Errorf("%q: got %v, want accepted %v", raw, err, ok)
		}
	}
}

func TestOrigin(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"*":                            "*",
		"https://app.example.com":      "https://app.example.com",
		"HTTPS://App.Example.com:443":  "https://app.example.com",
		"http://localhost:80":          "http://localhost",
		"http://localhost:443":         "http://localhost:443",
		"http://localhost:3000":        "http://localhost:3000",
		"http://[::1]:80":              "http://[::1]",
		"capacitor://localhost":        "capacitor://localhost",
		"https://app.example.com:":     "https://app.example.com",
		"https://app.example.com/":     "",
		"https://app.example.com/path": "",
		"https://app.example.com?":     "",
		"https://app.example.com#":     "",
		"https://u@app.example.com":    "",
		"https://*.example.com":        "",
		"app.example.com":              "",
		"null":                         "",
		"":                             "",
		"https://":                     "",
		"https://app.example.com:x":    "",
	} {
		got, err := rules.Origin(raw)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", raw, got, err, want)
		}
	}
}

func TestOrigins_AreSortedAndOnceEach(t *testing.T) {
	t.Parallel()
	got, _, err := rules.Origins([]string{"https://b.example", "https://A.example:443", "https://a.example"})
	if err != nil || fmt.Sprint(got) != "[https://a.example https://b.example]" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, i, err := rules.Origins([]string{"*", "x"}); err == nil || i != 1 {
		t.Errorf("got index %d, %v; want an error about 1", i, err)
	}
}

func TestEmail(t *testing.T) {
	t.Parallel()
	for email, ok := range map[string]bool{
		"admin@gmail.com": true, "a@b": true, "ünï@exämple.org": true,
		"a@": false, "@b": false, "a@b@c": false, "a b@c": false, "a\u00a0b@c": false, "a\x00@b": false, "ab": false,
		strings.Repeat("x", 250) + "@b.de": false,
	} {
		if err := rules.Email(email); (err == nil) != ok {
			t.Errorf("%q: got %v, want accepted %v", email, err, ok)
		}
	}
}

func TestRedirectURLs_FollowTheFlow(t *testing.T) {
	t.Parallel()
	for _, flow := range rules.AuthenticatorTypes() {
		some, none := rules.RedirectURLs(flow, []string{"https://a.example"}), rules.RedirectURLs(flow, nil)
		if rules.Redirects(flow) != (some == nil) || rules.Redirects(flow) != (none != nil) {
			t.Errorf("%s: with URLs %v, without %v", flow, some, none)
		}
	}
}

func TestToggle_OnlyForUserCredentials(t *testing.T) {
	t.Parallel()
	for _, flow := range rules.AuthenticatorTypes() {
		if err := rules.Toggle(flow, true); err != nil {
			t.Errorf("%s enabled: %v", flow, err)
		}
		if err := rules.Toggle(flow, false); (err == nil) != (flow == rules.UserCredentials) {
			t.Errorf("%s disabled: %v", flow, err)
		}
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	for name, ok := range map[string]bool{
		"Payments": true, strings.Repeat("ü", 100): true, "with space": true,
		"": false, strings.Repeat("ü", 101): false, "a/b": false, "a\nb": false, "a\u0085b": false,
	} {
		if err := rules.Name(name); (err == nil) != ok {
			t.Errorf("%q: got %v, want accepted %v", name, err, ok)
		}
	}
}
