package atm_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// Each check says what is wrong with a setting, without the value where that may be a secret.
func TestChecks_SayWhatIsWrong(t *testing.T) {
	t.Parallel()
	const good = ""
	for name, tc := range map[string]struct {
		check func(string) error
		texts map[string]string // what the error has to say; good is none
	}{
		"text": {atm.CheckText, map[string]string{
			"": good, "secret": good, "with a space": good, "\U0001F511": good,
			" secret":      "begins with a space",
			"secret\n":     "ends with a line break",
			"secret\r":     "ends with a line break",
			"\tsecret":     "begins with a tab",
			"\ufeffsecret": "begins with a byte order mark",
			"secret\u200b": "ends with the invisible character U+200B",
			" \n\t ":       "only white space",
			"se\ncret":     "contains a line break at position 3",
			"äö\x00ü":      "contains the invisible character U+0000 at position 3",
		}},
		"ends": {atm.CheckEnds, map[string]string{
			"": good, "se\ncret": good, "secret ": "ends with a space", "\u00a0secret": "begins with the invisible character U+00A0",
		}},
		"id": {atm.CheckID, map[string]string{
			"": good, `"`: good, "NmN78x6DMfde1XRx9hQg": good, `"mixed'`: good,
			`"NmN78x6DMfde1XRx9hQg"`: "quotation marks", `'NmN78x6DMfde1XRx9hQg'`: "quotation marks",
		}},
		"access token": {atm.CheckAccessToken, map[string]string{
			"": good, "eyJh.bGci-Oi_JSUz~I1+Ni/==": good,
			"Bearer eyJh": `begins with "Bearer "`, "bearer eyJh": `begins with "Bearer "`,
			`"eyJh"`:                  "quotation marks",
			`{"access_token":"eyJh"}`: "JSON document",
			"eyJh bGci":               "invalid character at position 5",
			"eyJhé":                   "invalid character at position 5",
		}},
		"proxy": {atm.CheckProxyURL, map[string]string{
			"http://proxy.example.com:3128": good, "https://proxy.example.com": good, "socks5://127.0.0.1:1080": good,
			"proxy.example.com:3128": "must be a URL", "ftp://proxy.example.com": "must be a URL", "http://": "must be a URL", "http://[": "must be a URL", "": "must be a URL",
		}},
		"endpoint": {atm.CheckEndpoint, map[string]string{
			"https://atm.example.com": good, "http://127.0.0.1:8080/": good, "https://gateway.example.com/tenant/api": good, "https://[::1]:8443": good,
			`"https://atm.example.com"`:                                "quotation marks",
			"atm.example.com":                                          `did you mean "https://atm.example.com"`,
			"atm.example.com/auth/token":                               `did you mean "https://atm.example.com"`,
			"//atm.example.com:8443/tenant/":                           `did you mean "https://atm.example.com:8443/tenant"`,
			"localhost:8080":                                           `did you mean "http://localhost:8080"`,
			"127.0.0.1:8080":                                           `did you mean "http://127.0.0.1:8080"`,
			"a-very-secret-value":                                      "has no scheme; it must be a URL",
			"atm.example.com?x=1":                                      "has no scheme; it must be a URL",
			"user:pw@atm.example.com":                                  "has no scheme; it must be a URL",
			"https://atm.example.com:x":                                "not a valid URL",
			"ftp://atm.example.com":                                    "must begin with https://",
			"https://user:pw@atm.example.com":                          "must not contain a user name or password",
			"https://":                                                 "no host name",
			"https://atm.example.com:65536":                            "port 65536, which is above 65535",
			"https://atm.example.com?":                                 "neither a query nor a fragment",
			"https://atm.example.com#top":                              "neither a query nor a fragment",
			"https://atm.example.com/api":                              `ends in /api, which the provider adds itself; the base URL is "https://atm.example.com"`,
			"https://atm.example.com/login/":                           `ends in /login,`,
			"https://atm.example.com/t/auth/.well-known/jwks.json":     `the base URL is "https://atm.example.com/t"`,
			"https://atm.example.com/.well-known/openid-configuration": `the base URL is "https://atm.example.com"`,
		}},
	} {
		for text, want := range tc.texts {
			err := tc.check(text)
			if want == good && err != nil || want != good && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("%s %q: %v, want %q", name, text, err, want)
			}
			for _, secret := range []string{"a-very-secret-value", "secret", "eyJh", "pw@"} {
				if err != nil && strings.Contains(text, secret) && strings.Contains(err.Error(), secret) {
					t.Errorf("%s: the error repeats the value: %v", name, err)
				}
			}
		}
	}
}

func TestSecret_IsReadFromItsFileAndPrintsMasked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, content string) atm.Secret {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return atm.SecretFile(path)
	}
	for name, tc := range map[string]struct {
		secret     atm.Secret
		set        bool
		want, says string
	}{
		"none":              {atm.Secret{}, false, "", ""},
		"a value":           {atm.SecretValue("canary"), true, "canary", ""},
		"a file":            {file("plain", " canary\r\n"), true, "canary", ""},
		"no file":           {atm.SecretFile(filepath.Join(dir, "none")), true, "", "reading the file"},
		"an empty file":     {file("empty", " \n"), true, "", "empty is empty"},
		"a file of two":     {file("two", "canary\ncanary\n"), true, "", "two contains a line break at position 7"},
		"a file with a BOM": {file("bom", "\ufeffcanary"), true, "", "bom begins with a byte order mark"},
	} {
		got, err := tc.secret.Read()
		if got != tc.want || (err != nil) != (tc.says != "") || err != nil && !strings.Contains(err.Error(), tc.says) || tc.secret.Set() != tc.set {
			t.Errorf("%s: %d characters, %v, set %t", name, len(got), err, tc.secret.Set())
		}
		printed := fmt.Sprintf("%v %+v %#v %s", tc.secret, tc.secret, tc.secret, tc.secret)
		if err != nil {
			printed += err.Error()
		}
		if strings.Contains(printed, "canary") {
			t.Errorf("%s: it prints the secret", name)
		}
	}
	cause := errors.New("cause")
	if err := error(&atm.ConfigError{Field: "endpoint", Err: cause}); err.Error() != "endpoint: cause" || !errors.Is(err, cause) {
		t.Errorf("a wrong setting prints as %q", err)
	}
}
