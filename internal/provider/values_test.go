package provider_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
)

// texts are the settings that are texts, with a valid value each. What is
// checked of a text is checked of all of them.
func texts(t *testing.T) map[string]string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	private, _ := keyPair(t)
	return map[string]string{
		"endpoint": "https://atm.example.com", "access_token": tokenValue, "access_token_file": file,
		"client_id": "NmN78x6DMfde1XRx9hQg", "client_secret": secretValue, "client_secret_file": file, "login_id": "ada@example.com",
		"ca_cert_pem": someCA(t), "ca_cert_file": file, "client_cert_pem": "x", "client_cert_file": file,
		"client_key_pem": "x", "client_key_file": file, "proxy_url": "http://proxy.example.com:3128",
		"client_assertion": assertionFor(t, nobodysURL), "client_assertion_file": file, "client_assertion_audience": "https://atm.example.com",
		"client_private_key_pem": private, "client_private_key_file": file, "client_private_key_id": "key-1",
	}
}

// White space and control characters, by where they are and what the error calls them.
var badTexts = []struct {
	name string
	make func(valid string) string
	want string
	pem  bool // wrong for a PEM text too
}{
	{"line break after", func(s string) string { return s + "\n" }, "ends with a line break", false},
	{"CR LF after", func(s string) string { return s + "\r\n" }, "ends with a line break", false},
	{"line break before", func(s string) string { return "\n" + s }, "begins with a line break", true},
	{"space before", func(s string) string { return " " + s }, "begins with a space", true},
	{"space after", func(s string) string { return s + " " }, "ends with a space", true},
	{"tab after", func(s string) string { return s + "\t" }, "ends with a tab", true},
	{"byte order mark", func(s string) string { return "\ufeff" + s }, "byte order mark", true},
	{"no-break space", func(s string) string { return s + "\u00a0" }, "U+00A0", true},
	{"zero-width space", func(s string) string { return s + "\u200b" }, "U+200B", true},
	{"nothing else", func(string) string { return " \n" }, "only white space", true},
	{"line break inside", func(s string) string { return s[:1] + "\n" + s[1:] }, "contains a line break at position 2", false},
	{"control character", func(s string) string { return s[:1] + "\x1b" + s[1:] }, "U+001B", false},
}

// Each bad text is an immediate error, of the block and of the environment,
// which names the setting or the variable and never shows a secret.
func TestSettings_BadTexts(t *testing.T) {
	t.Parallel()
	for name, valid := range texts(t) {
		for _, bad := range badTexts {
			if strings.HasSuffix(name, "_pem") && !bad.pem {
				continue
			}
			t.Run(name+"/"+bad.name, func(t *testing.T) {
				t.Parallel()
				h := nobody(t)
				_, diags := h.TryProtocol(map[string]any{name: bad.make(valid)})
				acctest.WantError(t, diags, name, name, bad.want, "trimspace")
				noSecrets(t, diags)

				variable := "ATM_" + strings.ToUpper(name)
				h.Setenv(variable, bad.make(valid))
				_, diags = h.TryProtocol(nil)
				acctest.WantError(t, diags, name, variable, bad.want)
				noSecrets(t, diags)
				for _, d := range diags {
					if text := acctest.Print(d); strings.Contains(text, variable) && strings.Contains(strings.TrimSuffix(text, " at "+name), name+" ") {
						t.Errorf("the error about a variable names the setting: %s", text)
					}
				}
			})
		}
	}
}

// The numbers of the environment are texts too.
func TestSettings_BadNumbersOfTheEnvironment(t *testing.T) {
	t.Parallel()
	for name, valid := range map[string]string{"request_timeout": "30", "max_retries": "4", "max_concurrency": "32", "max_requests_per_second": "5"} {
		h := nobody(t)
		variable := "ATM_" + strings.ToUpper(name)
		h.Setenv(variable, valid+"\n")
		_, diags := h.TryProtocol(byToken(nil))
		acctest.WantError(t, diags, name, variable, "ends with a line break")
	}
}

// A PEM text ends with a line break, as file("ca.pem") reads it.
func TestSettings_PEMMayEndWithALineBreak(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"", "\n", "\r\n", "\n\n"} {
		_, diags := nobody(t).TryProtocol(byToken(map[string]any{"ca_cert_pem": strings.TrimRight(someCA(t), "\n") + end}))
		acctest.NoErrors(t, diags)
	}
}

// Texts that only look like an access token, by value, by variable and by file.
func TestSettings_BadAccessTokens(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ token, want string }{
		"scheme":             {"Bearer " + tokenValue, `"Bearer "`},
		"scheme, lower case": {"bearer " + tokenValue, `"Bearer "`},
		"quoted":             {`"` + tokenValue + `"`, "quotation marks"},
		"the whole response": {`{"access_token":"` + tokenValue + `"}`, "access_token"},
		"two tokens":         {tokenValue + " " + tokenValue, "position 25"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(file, []byte("\n"+test.token+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			h := nobody(t)
			_, diags := h.TryProtocol(map[string]any{"access_token": test.token})
			acctest.WantError(t, diags, "access_token", test.want)
			noSecrets(t, diags)
			_, diags = h.TryProtocol(map[string]any{"access_token_file": file})
			acctest.WantError(t, diags, "access_token_file", test.want, file)
			noSecrets(t, diags)
			h.Setenv("ATM_ACCESS_TOKEN", test.token)
			_, diags = h.TryProtocol(nil)
			acctest.WantError(t, diags, "access_token", "ATM_ACCESS_TOKEN ", test.want)
			noSecrets(t, diags)
		})
	}
}

func TestSettings_BadEndpoints(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"atm.example.com":                                          `did you mean "https://atm.example.com"?`,
		"atm.example.com/":                                         `did you mean "https://atm.example.com"?`,
		"//atm.example.com":                                        `did you mean "https://atm.example.com"?`,
		"atm.example.com:8443/tenant":                              `did you mean "https://atm.example.com:8443/tenant"?`,
		"atm.example.com/auth/token":                               `did you mean "https://atm.example.com"?`,
		"localhost:8080":                                           `did you mean "http://localhost:8080"?`,
		"127.0.0.1:8080":                                           `did you mean "http://127.0.0.1:8080"?`,
		"https:/atm.example.com":                                   "https://atm.example.com",
		"htps://atm.example.com":                                   "must begin with https://",
		"https://":                                                 "no host name",
		"https://:8080":                                            "no host name",
		"https://atm.example.com:99999":                            "port",
		"https://atm.example.com:port":                             "not a valid URL",
		"https://atm.example.com?":                                 "query",
		"https://atm.example.com/#top":                             "fragment",
		`"https://atm.example.com"`:                                "quotation marks",
		"https://atm.example.com/auth/token":                       `the base URL is "https://atm.example.com"`,
		"https://atm.example.com/auth/token/":                      `the base URL is "https://atm.example.com"`,
		"https://atm.example.com/oauth/token":                      `the base URL is "https://atm.example.com"`,
		"https://atm.example.com/api/v1":                           `the base URL is "https://atm.example.com"`,
		"https://atm.example.com/api":                              `the base URL is "https://atm.example.com"`,
		"https://atm.example.com/auth":                             `the base URL is "https://atm.example.com"`,
		"https://atm.example.com/login":                            `the base URL is "https://atm.example.com"`,
		"https://gw.example.com/atm/auth/token":                    `the base URL is "https://gw.example.com/atm"`,
		"http://localhost:8080/api/v1/":                            `the base URL is "http://localhost:8080"`,
		"https://atm.example.com/auth/revoke":                      `the base URL is "https://atm.example.com"`,
		"https://atm.example.com/auth/introspect":                  `the base URL is "https://atm.example.com"`,
		"https://atm.example.com/auth/.well-known/jwks.json":       `the base URL is "https://atm.example.com"`,
		"https://atm.example.com/.well-known/openid-configuration": `the base URL is "https://atm.example.com"`,
	} {
		t.Run(endpoint, func(t *testing.T) {
			t.Parallel()
			h := nobody(t)
			_, diags := h.TryProtocol(byToken(map[string]any{"endpoint": endpoint}))
			acctest.WantError(t, diags, "endpoint", "endpoint ", want)
			h.Setenv("ATM_ENDPOINT", endpoint)
			_, diags = h.TryProtocol(byToken(nil))
			acctest.WantError(t, diags, "endpoint", "ATM_ENDPOINT ", want)
		})
	}
}

// A gateway may have ATM under a path of its own.
func TestSettings_EndpointsOfGateways(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{
		"https://gw.example.com/atm", "https://gw.example.com/tenant/a/", "https://gw.example.com/internal/api",
		"https://gw.example.com/authority", "https://gw.example.com/api/v1/atm", "HTTPS://ATM.example.com", "https://[::1]:8443",
	} {
		_, diags := nobody(t).TryProtocol(byToken(map[string]any{"endpoint": endpoint}))
		acctest.NoErrors(t, diags)
	}
}

// A secret in the place of another setting is not repeated.
func TestSettings_SecretsInTheWrongPlace(t *testing.T) {
	t.Parallel()
	for _, settings := range []map[string]any{
		byToken(map[string]any{"endpoint": secretValue}),
		byToken(map[string]any{"endpoint": "https://ada:" + secretValue + "@atm.example.com"}),
		byToken(map[string]any{"endpoint": "https://ada:" + secretValue + "%zz@atm.example.com"}),
		byToken(map[string]any{"endpoint": "ada:" + secretValue + "@atm.example.com"}),
		byToken(map[string]any{"proxy_url": "ada:" + secretValue + "@proxy.example.com"}),
		byToken(map[string]any{"headers": map[string]any{"X-Key": secretValue + "\n"}}),
	} {
		_, diags := nobody(t).TryProtocol(settings)
		if !acctest.HasErrors(diags) {
			t.Error("no error")
		}
		noSecrets(t, diags)
	}
}

// Several wrong and missing settings are several errors, from both sources.
func TestSettings_EachIsNamedIndividually(t *testing.T) {
	t.Parallel()
	h := nobody(t)
	h.Setenv("ATM_CLIENT_ID", "c\n")
	h.Setenv("ATM_MAX_RETRIES", "x")
	_, diags := h.TryProtocol(map[string]any{"client_secret": secretValue})
	var errors []string
	for _, d := range diags {
		errors = append(errors, d.Summary)
	}
	slices.Sort(errors)
	if want := []string{"Invalid environment variable ATM_CLIENT_ID", "Invalid environment variable ATM_MAX_RETRIES", "Missing provider setting login_id"}; !slices.Equal(errors, want) {
		t.Errorf("%q, want %q", errors, want)
	}
	_, diags = h.TryProtocol(map[string]any{"client_secret": secretValue + " ", "login_id": "a\n", "endpoint": "x"})
	if len(diags) != 3 {
		t.Errorf("%d errors, want 3", len(diags))
	}
	noSecrets(t, diags)
}

// A value that is wrong is an error even while another setting is unknown.
func TestSettings_AreCheckedBesideUnknownOnes(t *testing.T) {
	t.Parallel()
	_, diags := nobody(t).TryProtocol(map[string]any{"endpoint": "https://atm.example.com/api/v1", "access_token": acctest.Unknown})
	acctest.WantError(t, diags, "endpoint", "base URL")
}

// An error at run time names the variable too.
func TestSignIn_ErrorsNameTheVariable(t *testing.T) {
	server, _ := acctest.Start(t)
	for name, test := range map[string]struct{ variable, value string }{
		"client id": {"ATM_CLIENT_ID", "NmN78x6DMfde1XRx9hQg"},
		"secret":    {"ATM_CLIENT_SECRET", secretValue},
		"login id":  {"ATM_LOGIN_ID", "nobody@example.com"},
		"endpoint":  {"ATM_ENDPOINT", server.URL + "/tenant"},
	} {
		h := acctest.New(t, server.Admin().Environ(), server.Clock.Now)
		h.Setenv(test.variable, test.value)
		acctest.WantError(t, apply(h.Protocol(nil), name), "", test.variable)
	}
	bare := acctest.New(t, []string{"ATM_ENDPOINT=" + server.URL}, server.Clock.Now)
	bare.Setenv("ATM_ACCESS_TOKEN", tokenValue)
	acctest.WantError(t, apply(bare.Protocol(nil), "token"), "", "ATM_ACCESS_TOKEN is refused")
}
