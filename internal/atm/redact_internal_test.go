package atm

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

// A secret is removed in every encoding in which an echo shows it.
func TestRedactor_Encodings(t *testing.T) {
	t.Parallel()
	quote := func(text string) string {
		encoded, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		return string(encoded)
	}
	for _, secret := range []string{
		"480nulBeBGqJDoAOADC0CW2frGTDVEmq",
		`p4ss/w+rd "with" <all> & 'more' \ =~`,
		"pass wörd 🔑 Straße",
		"0123456789+/=ABCDEF",
		strings.Repeat("0123456789-_ABC/DEF+xyz.", 100),
	} {
		r := newRedactor(Config{ClientSecret: SecretValue(secret)})
		for name, echo := range map[string]string{
			"as it is":         "client_secret=" + secret + "!",
			"query":            "?client_secret=" + url.QueryEscape(secret) + "&x=1",
			"path":             "/x/" + url.PathEscape(secret) + "/y",
			"lower-case hex":   lowerHex(url.QueryEscape(secret)),
			"escaped twice":    url.QueryEscape(url.QueryEscape(secret)),
			"JSON":             quote("the secret " + secret),
			"JSON in JSON":     quote(quote(secret)),
			"JSON in a URL":    url.QueryEscape(quote(secret)),
			"lower case":       strings.ToLower(secret),
			"JSON with \\/":    strings.ReplaceAll(quote(secret), "/", `\/`),
			"ASCII JSON":       asciiJSON(secret),
			"Go":               fmt.Sprintf("%q", secret),
			"HTML":             html.EscapeString(secret),
			"Basic":            "Basic " + base64.StdEncoding.EncodeToString([]byte("NmN78x6DMfde1XRx9hQg:"+secret)),
			"Basic, escaped":   base64.StdEncoding.EncodeToString([]byte("id:" + url.QueryEscape(secret))),
			"base64":           base64.StdEncoding.EncodeToString([]byte(secret)),
			"base64url inside": base64.RawURLEncoding.EncodeToString([]byte(`{"a":"` + secret + `"}`)),
			"base64 in a URL":  url.QueryEscape(base64.StdEncoding.EncodeToString([]byte("a:" + secret))),
			"NUL inside":       secret[:3] + "\x00" + secret[3:],
			"escape inside":    secret[:3] + "\x1b[31m" + secret[3:],
			"zero width":       secret[:3] + "\u200b" + secret[3:],
		} {
			got := r.clean("before " + echo + " after")
			if !strings.Contains(got, redacted) || !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") {
				t.Errorf("%s of %q: %q", name, secret, got)
			}
			for _, part := range []string{secret[4:12], secret[len(secret)-8:], base64.StdEncoding.EncodeToString([]byte(secret))[4:12]} {
				if strings.Contains(got, part) {
					t.Errorf("%s of %q: %q contains a part of the secret", name, secret, got)
				}
			}
		}
	}
}

func lowerHex(escaped string) string {
	var out strings.Builder
	for i := 0; i < len(escaped); i++ {
		if escaped[i] == '%' {
			out.WriteString(strings.ToLower(escaped[i : i+3]))
			i += 2
			continue
		}
		out.WriteByte(escaped[i])
	}
	return out.String()
}

func asciiJSON(text string) string {
	var out strings.Builder
	for _, r := range text {
		switch {
		case r == '"' || r == '\\' || r == '/':
			out.WriteString(`\` + string(r))
		case r > 0xffff:
			high, low := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
			fmt.Fprintf(&out, `\u%04x\u%04X`, high, low)
		case r > 0x7e:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// All secrets of the configuration and of a request are known.
func TestRedactor_KnowsTheSecrets(t *testing.T) {
	t.Parallel()
	r := newRedactor(Config{
		AccessToken: SecretValue("opaque-access-token"), ClientSecret: SecretValue("the-client-secret"),
		Headers:   map[string]string{"X-Gateway-Key": "gateway-key", "X-Auth": "Basic Z2F0ZXdheTpzZWNyZXQ="},
		ProxyURL:  "http://ada:proxy-password@proxy.example.com:3128",
		Assertion: assertion.Settings{}.Value("client_assertion", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJqb2IifQ.signature-of-the-assertion"),
	})
	r.learn("refresh-token-of-the-sign-in")
	child := r.with("supplied-secret", "supplied-password", "an-idempotency-key")
	for _, secret := range []string{
		"eyJhbGciOiJub25lIn0.eyJzdWIiOiJqb2IifQ.signature-of-the-assertion", "signature-of-the-assertion",
		"opaque-access-token", "the-client-secret", "gateway-key", "Z2F0ZXdheTpzZWNyZXQ=", "proxy-password", "refresh-token-of-the-sign-in",
		"supplied-secret", "supplied-password", "an-idempotency-key",
	} {
		if got := child.clean("echo " + secret); got != "echo "+redacted {
			t.Errorf("%s: %q", secret, got)
		}
	}
	if got := r.clean("echo supplied-secret"); got != "echo supplied-secret" {
		t.Errorf("a request's secret is known outside of it: %q", got)
	}
	if got := child.clean("visible Bearer token"); got != "visible Bearer token" {
		t.Errorf("ordinary text becomes %q", got)
	}
	// A token that the client does not know.
	jwt := "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.eyJpc3MiOiJhdG0ifQ.c2lnbmF0dXJl"
	for _, echo := range []string{jwt, "Authorization: Bearer " + jwt, jwt[:40], "Bearer 0123456789abcdef0123456789abcdef"} {
		if got := r.clean("echo " + echo); strings.Contains(got, "eyJ") || strings.Contains(got, "0123") {
			t.Errorf("%s: %q", echo, got)
		}
	}
}

// The printed text cannot change a terminal, and is short valid UTF-8. ATM's
// ids are random, and some contain what a JWT begins with. An error names them
// in an import block.
func TestRedactor_LeavesIDs(t *testing.T) {
	t.Parallel()
	r := newRedactor(Config{})
	for _, id := range []string{"eyJhbGciOiJSUzI1NiIsI", "T_eyJkwjq0gTKGW6-g4O8", "D7aaqWe3eyJ4vWj_Bd-uuP8N"} {
		if got := r.clean("the id is " + id + "."); got != "the id is "+id+"." {
			t.Errorf("%q", got)
		}
	}
	for _, token := range []string{
		"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhdG0ifQ.c2lnbmF0dXJl", "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsiLCJ0eXAiOiJK",
		"eyJhbGciOiJSUzI1NiJ9.eyJpc",
	} {
		if got := r.clean("cut: " + token); got != "cut: "+redacted {
			t.Errorf("%q", got)
		}
	}
}

func TestRedactor_ControlCharactersAndLength(t *testing.T) {
	t.Parallel()
	r := newRedactor(Config{})
	for text, want := range map[string]string{
		"\x1b[31mred\x1b[0m":                   "red",
		"a\x1b]0;title\x07b":                   "ab",
		"a\x1b]8;;https://evil.example\x1b\\b": `a\b`,
		"a\u009b31mb":                          "ab",
		"\x1b[2J\x1b[1;1Hcleared":              "cleared",
		"two\r\nlines\tand\u2028more":          "two lines and more",
		"bell\a back\b nul\x00 del\x7f":        "bell back nul del",
		"\u202eright to left\u202c":            "right to left",
		"broken \xff\xfe":                      "broken \ufffd",
		"\x1b":                                 "",
		"ordinary: Zürich, 東京 🔑 \"quoted\"":    "ordinary: Zürich, 東京 🔑 \"quoted\"",
	} {
		if got := r.clean(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{strings.Repeat("x", 501), strings.Repeat("ü", 100_000), strings.Repeat("🔑", 1000)} {
		got := r.clean(text)
		if utf8.RuneCountInString(got) != 501 || !strings.HasSuffix(got, "…") || !utf8.ValidString(got) {
			t.Errorf("%d characters become %d", utf8.RuneCountInString(text), utf8.RuneCountInString(got))
		}
	}
	if text := strings.Repeat("x", 500); r.clean(text) != text {
		t.Error("500 characters are shortened")
	}
}

// A text that is too long to search never ends in a part of a secret.
func TestRedactor_LongInput(t *testing.T) {
	t.Parallel()
	r := newRedactor(Config{ClientSecret: SecretValue("480nulBeBGqJDoAOADC0CW2frGTDVEmq")})
	echo := strings.Repeat("480nulBeBGqJDoAOADC0CW2frGTDVEmq", 10_000)
	if got := r.clean(echo); strings.Contains(got, "480nul") {
		t.Errorf("%q", got)
	}
	if got := r.clean(strings.Repeat("\x1b[31m", 20_000) + echo); strings.Contains(got, "480nul") {
		t.Errorf("%q", got)
	}
	if got := r.clean(strings.Repeat(" ", maxInput-10) + echo); got != withheld {
		t.Errorf("%q", got)
	}
}

// A secret that has nothing to print matches nothing.
func TestRedactor_InvisibleSecret(t *testing.T) {
	t.Parallel()
	if got := newRedactor(Config{ClientSecret: SecretValue("\x00\x01\x02\x03\x04\x05\x06")}).clean("text"); got != "text" {
		t.Errorf("%q", got)
	}
}

func TestRedactor_Errors(t *testing.T) {
	t.Parallel()
	r := newRedactor(Config{ClientSecret: SecretValue("the-client-secret")})
	cause := &url.Error{Op: "parse", URL: "https://the-client-secret", Err: errors.New("invalid")}
	err := r.error(cause)
	var kept *url.Error
	if strings.Contains(err.Error(), "the-client-secret") || !errors.As(err, &kept) {
		t.Errorf("err = %v", err)
	}
	var wrapped *cleanError
	if errors.As(r.error(errors.New("harmless")), &wrapped) {
		t.Error("an error without anything to remove is wrapped")
	}
}

func FuzzRedactor(f *testing.F) {
	f.Add("the-client-secret", "echo the-client-secret")
	f.Add(`a"b\c/d+e f`, "\x1b[31ma%22b")
	f.Fuzz(func(t *testing.T, secret, text string) {
		if len(secret) < minSecret || len(printable(secret)) < minSecret {
			return
		}
		got := newRedactor(Config{ClientSecret: SecretValue(secret)}).clean(text + secret + text)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > maxText+1 || printable(got) != got {
			t.Errorf("%q is not fit to print", got)
		}
		if strings.Contains(got, printable(secret)) && !strings.Contains(redacted, printable(secret)) {
			t.Errorf("%q contains the secret %q", got, secret)
		}
	})
}
