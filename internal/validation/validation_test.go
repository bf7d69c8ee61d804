package validation_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/internal/validation/validationtest"
)

func hold(t *testing.T, cases []validationtest.Case, judge func(string) (string, error)) {
	t.Helper()
	for _, c := range cases {
		got, err := judge(c.Value)
		switch {
		case c.OK() && (err != nil || got != c.Stored):
			t.Errorf("%q: got %q, %v; want %q", c.Value, got, err, c.Stored)
		case !c.OK() && (err == nil || !strings.Contains(err.Error(), c.Says)):
			t.Errorf("%q: got %q, %v; want an error that says %q", c.Value, got, err, c.Says)
		case err != nil && strings.Contains(err.Error(), "secret"):
			t.Errorf("%q: the error repeats the query: %v", c.Value, err)
		}
	}
}

func asIs(judge func(string) error) func(string) (string, error) {
	return func(s string) (string, error) { return s, judge(s) }
}

func inNFC(judge func(string) error) func(string) (string, error) {
	return func(s string) (string, error) { return validation.NFC(s), judge(s) }
}

func TestRedirectURL(t *testing.T) {
	t.Parallel()
	hold(t, validationtest.RedirectURLs(), asIs(validation.RedirectURL))
}

func TestOrigin(t *testing.T) {
	t.Parallel()
	hold(t, validationtest.Origins(), validation.Origin)
}

func TestName(t *testing.T) {
	t.Parallel()
	hold(t, validationtest.Names(), inNFC(validation.Name))
}

func TestEmail(t *testing.T) {
	t.Parallel()
	hold(t, validationtest.Emails(), inNFC(validation.Email))
}

func TestPersonNames(t *testing.T) {
	t.Parallel()
	for name, judge := range map[string]func(string) error{"first": validation.FirstName, "last": validation.LastName} {
		hold(t, validationtest.Invisible("Thong"), inNFC(judge))
		for _, ok := range []string{"Thong", "van der Berg", "O'Neil", strings.Repeat("ü", 100), "a/b"} {
			if err := judge(ok); err != nil {
				t.Errorf("%s name %q: %v", name, ok, err)
			}
		}
		for _, bad := range []string{" x", "x ", strings.Repeat("ü", 101)} {
			if judge(bad) == nil {
				t.Errorf("%s name %q is accepted", name, bad)
			}
		}
	}
	if validation.FirstName("") == nil || validation.LastName("") != nil {
		t.Error("only the last name may be empty")
	}
}

func TestOrigins_AreSortedAndOnceEach(t *testing.T) {
	t.Parallel()
	got, _, err := validation.Origins([]string{"https://b.example", "https://A.example:443", "https://a.example"})
	if err != nil || fmt.Sprint(got) != "[https://a.example https://b.example]" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, i, err := validation.Origins([]string{"*", "x"}); err == nil || i != 1 {
		t.Errorf("got index %d, %v; want an error about 1", i, err)
	}
}

func TestEmailKey_IsTheSameOnlyForOneAddress(t *testing.T) {
	t.Parallel()
	owner := map[string]int{}
	for i, group := range validationtest.SameEmails() {
		for _, email := range group {
			if key := validation.EmailKey(email); key != validation.EmailKey(group[0]) {
				t.Errorf("%q has the key %q, %q has %q", email, key, group[0], validation.EmailKey(group[0]))
			}
		}
		key := validation.EmailKey(group[0])
		if other, taken := owner[key]; taken {
			t.Errorf("the groups %d and %d have one key", i, other)
		}
		owner[key] = i
	}
}

func TestPassword(t *testing.T) {
	t.Parallel()
	for password, ok := range map[string]bool{
		"correct horse": true, "12345678": true, " spaces  ": true, "\u200bzerowidth": true,
		strings.Repeat("u\u0308", 8): true, strings.Repeat("u\u0308", 7): false, strings.Repeat("u\u0308", 256): true,
		"1234567": false, "": false, strings.Repeat("ü", 257): false, "12345678\xff": false,
	} {
		if err := validation.Password(password); (err == nil) != ok {
			t.Errorf("%q: got %v, want accepted %v", password, err, ok)
		}
	}
}

func TestClientSecret(t *testing.T) {
	t.Parallel()
	base := "abcdefghijkl"
	for secret, ok := range map[string]bool{
		base + strings.Repeat("a", 32-12):        true,
		base + strings.Repeat("a", 31-12):        false,
		base + strings.Repeat("a", 128-12):       true,
		base + strings.Repeat("a", 129-12):       false,
		base[:11] + strings.Repeat("a", 32):      false,
		strings.Repeat(base, 3) + "é":            false,
		strings.Repeat(base, 3) + "\t":           false,
		" ~" + strings.Repeat(base, 3):           true,
		"480nulBeBGqJDoAOADC0CW2frGTDVEmq":       true,
		strings.Repeat("🔑", 10) + base + "abcde": false,
	} {
		if err := validation.ClientSecret(secret); (err == nil) != ok {
			t.Errorf("%q: got %v, want accepted %v", secret, err, ok)
		}
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	for id, ok := range map[string][2]bool{ // an object's, an instance's
		"": {}, "a": {true, false}, "1234567": {true, false}, "12345678": {true, true}, "A-Z_09az": {true, true},
		strings.Repeat("x", 64): {true, true}, strings.Repeat("x", 65): {}, "with space": {}, "a/bcdefgh": {}, "ümlautid": {},
	} {
		if got := [2]bool{validation.ObjectID(id) == nil, validation.InstanceID(id) == nil}; got != ok {
			t.Errorf("%q: got %v, want %v", id, got, ok)
		}
	}
}

// FuzzOrigin finds an origin whose stored form is refused or changes again.
func FuzzOrigin(f *testing.F) {
	for _, c := range append(validationtest.Origins(), validationtest.RedirectURLs()...) {
		f.Add(c.Value)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		once, err := validation.Origin(raw)
		if err != nil {
			return
		}
		if twice, err := validation.Origin(once); err != nil || twice != once {
			t.Errorf("%q is stored as %q, which is stored as %q (%v)", raw, once, twice, err)
		}
		if strings.ContainsAny(once, ";, '\"<>") {
			t.Errorf("%q is stored as %q", raw, once)
		}
	})
}

// FuzzRedirectURL finds a redirect URL that could change the meaning of a
// header, and an origin that no redirect URL could have.
func FuzzRedirectURL(f *testing.F) {
	for _, c := range validationtest.RedirectURLs() {
		f.Add(c.Value)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if validation.RedirectURL(raw) != nil {
			return
		}
		scheme, _, _ := strings.Cut(raw, ":")
		if strings.ContainsAny(raw, " \r\n\t#\\") || strings.EqualFold(scheme, "javascript") {
			t.Errorf("%q is accepted", raw)
		}
	})
}

// FuzzText finds a text that is judged differently in its stored form, or whose
// key depends on its form.
func FuzzText(f *testing.F) {
	for _, c := range append(validationtest.Names(), validationtest.Emails()...) {
		f.Add(c.Value)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		stored := validation.NFC(raw)
		for name, judge := range map[string]func(string) error{
			"name": validation.Name, "first name": validation.FirstName, "email": validation.Email, "password": validation.Password,
		} {
			if a, b := judge(raw), judge(stored); (a == nil) != (b == nil) {
				t.Errorf("%s %q: %v, in its stored form %q: %v", name, raw, a, stored, b)
			}
		}
		if validation.Email(raw) != nil {
			return
		}
		key := validation.EmailKey(raw)
		for form, text := range map[string]string{"NFC": stored, "NFD": norm.NFD.String(raw), "the key": key} {
			if got := validation.EmailKey(text); got != key {
				t.Errorf("%q has the key %q, and %s the key %q", raw, key, form, got)
			}
		}
	})
}

func TestFederation(t *testing.T) {
	t.Parallel()
	hold(t, validationtest.Issuers(), asIs(validation.Issuer))
	hold(t, validationtest.JWKSURIs(), asIs(validation.JWKSURI))
	hold(t, validationtest.Subjects(), asIs(validation.Subject))
	hold(t, validationtest.Audiences(), asIs(validation.Audience))
	hold(t, validationtest.PublicKeys(), func(pem string) (string, error) {
		_, err := validation.PublicKey(pem)
		return pem, err
	})
}

func TestHTTPS_PlansAllowLoopback(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]struct{ https, orLoopback bool }{
		"https://a.example": {true, true}, "https://127.0.0.1": {true, true},
		"http://127.0.0.1:8080/a": {false, true}, "http://localhost": {false, true}, "http://[::1]:80": {false, true}, "http://LOCALHOST:1": {false, true},
		"http://a.example": {false, false}, "http://10.0.0.1": {false, false}, "http://127.a.example": {false, false}, "http://localhost.example": {false, false}, "http://a.localhost": {false, true},
	} {
		if got := validation.HTTPS(raw) == nil; got != want.https {
			t.Errorf("%s: HTTPS %t", raw, got)
		}
		if got := validation.HTTPSOrLoopback(raw) == nil; got != want.orLoopback {
			t.Errorf("%s: HTTPSOrLoopback %t", raw, got)
		}
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	eleven := map[string]string{}
	for i := range 11 {
		eleven[fmt.Sprint(i)] = ""
	}
	for name, tc := range map[string]struct {
		claims map[string]string
		says   string
	}{
		"none":              {nil, ""},
		"an empty value":    {map[string]string{"a": ""}, ""},
		"eleven":            {eleven, "at most 10"},
		"no name":           {map[string]string{"": "a"}, "valid names"},
		"a control name":    {map[string]string{"\n": "a"}, "valid names"},
		"a control value":   {map[string]string{"a": "\n"}, "valid values"},
		"a very long value": {map[string]string{"a": strings.Repeat("a", 1025)}, "at most 1024"},
	} {
		err := validation.Claims(tc.claims)
		if (err == nil) != (tc.says == "") || err != nil && !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
