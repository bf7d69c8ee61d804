package provider_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/testserver/testissuer"
)

// nobodysURL is the endpoint of [nobody], the default audience.
const nobodysURL = "http://127.0.0.1:9"

// assertionFor is a token for the audience. Its signature does not matter to the provider.
func assertionFor(t *testing.T, audience any) string {
	t.Helper()
	return testissuer.Start(t).Token(testissuer.Claims{"sub": "repo:octo/shop", "aud": audience})
}

func fileWith(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// keyPair is a private and a public key in PEM format.
func keyPair(t *testing.T) (private, public string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	open, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})), string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: open}))
}

// ways are the ways to authenticate, by setting, with a valid value each.
func ways(t *testing.T) map[string]string {
	t.Helper()
	token := assertionFor(t, nobodysURL)
	private, _ := keyPair(t)
	return map[string]string{
		"client_secret": secretValue, "client_secret_file": fileWith(t, secretValue),
		"client_assertion": token, "client_assertion_file": fileWith(t, token+"\n"),
		"client_private_key_pem": private, "client_private_key_file": fileWith(t, private),
	}
}

func identity(more map[string]any) map[string]any {
	settings := map[string]any{"client_id": "client", "login_id": "ada@example.com"}
	maps.Copy(settings, more)
	return settings
}

func variable(setting string) string { return "ATM_" + strings.ToUpper(setting) }

// Each way is enough, in the block and in the environment; two on one level are an
// error that names both; and the block takes precedence over the environment as a
// whole.
func TestAuthentication_OneWayPerLevel(t *testing.T) {
	t.Parallel()
	all := ways(t)
	for one, value := range all {
		_, diags := nobody(t).TryProtocol(identity(map[string]any{one: value}))
		acctest.NoErrors(t, diags)
		_, diags = nobody(t, variable(one)+"="+value).TryProtocol(identity(nil))
		acctest.NoErrors(t, diags)
		for other, second := range all {
			if other == one {
				continue
			}
			_, diags := nobody(t).TryProtocol(identity(map[string]any{one: value, other: second}))
			if len(errorsOf(diags)) != 1 {
				t.Errorf("block, %s and %s: %d errors", one, other, len(errorsOf(diags)))
			}
			wantEither(t, diags, []string{one, other}, one, other, "Keep one")
			_, diags = nobody(t, variable(one)+"="+value, variable(other)+"="+second).TryProtocol(identity(nil))
			acctest.WantError(t, diags, "", variable(one), variable(other), "Keep one")
			noSecrets(t, diags)

			// The other level's value is not even looked at.
			_, diags = nobody(t, variable(other)+"= broken\n", "ATM_CLIENT_PRIVATE_KEY_ID= broken\n").TryProtocol(identity(map[string]any{one: value}))
			acctest.NoErrors(t, diags)
			_, diags = nobody(t, variable(other)+"= broken\n").TryProtocol(identity(map[string]any{one: acctest.Unknown}))
			acctest.NoErrors(t, diags)
		}
	}
}

func errorsOf(diags []*tfprotov6.Diagnostic) (errors []*tfprotov6.Diagnostic) {
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			errors = append(errors, d)
		}
	}
	return errors
}

// wantEither is WantError for the attribute that is the later one in the schema.
func wantEither(t *testing.T, diags []*tfprotov6.Diagnostic, attributes []string, texts ...string) {
	t.Helper()
	for _, d := range diags {
		for _, attribute := range attributes {
			if acctest.Attribute(d) == attribute {
				acctest.WantError(t, diags, attribute, texts...)
				return
			}
		}
	}
	t.Errorf("no error at %q", attributes)
}

// An assertion is part of a sign-in: it excludes an access token, and needs the other settings.
func TestAuthentication_IsOfTheSignIn(t *testing.T) {
	t.Parallel()
	token := assertionFor(t, nobodysURL)
	_, diags := nobody(t).TryProtocol(byToken(map[string]any{"client_assertion": token}))
	acctest.WantError(t, diags, "client_assertion", "access_token", "Keep one")
	_, diags = nobody(t, "ATM_CLIENT_ASSERTION=x", "ATM_CLIENT_PRIVATE_KEY_ID=x").TryProtocol(byToken(nil))
	acctest.NoErrors(t, diags)
	_, diags = nobody(t).TryProtocol(map[string]any{"client_assertion": token})
	acctest.WantError(t, diags, "client_id", "ATM_CLIENT_ID")
	acctest.WantError(t, diags, "login_id", "ATM_LOGIN_ID")
	_, diags = nobody(t).TryProtocol(identity(map[string]any{"client_secret": secretValue, "client_private_key_id": "k"}))
	acctest.WantError(t, diags, "client_private_key_pem", "client_private_key_id", "ATM_CLIENT_PRIVATE_KEY_PEM")
}

// CI systems set variables for every job: they are no second way, and are read
// only if there is no secret.
func TestAuthentication_ASecretIsUsedBeforeAPipelinesIdentity(t *testing.T) {
	t.Parallel()
	pipeline := []string{"TFC_WORKLOAD_IDENTITY_TOKEN=broken", "ACTIONS_ID_TOKEN_REQUEST_URL=x", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=x", "CIRCLE_OIDC_TOKEN_V2=broken"}
	for one, value := range ways(t) {
		_, diags := nobody(t, append(pipeline, variable(one)+"="+value)...).TryProtocol(identity(nil))
		acctest.NoErrors(t, diags)
	}
	_, diags := nobody(t, pipeline...).TryProtocol(byToken(nil))
	acctest.NoErrors(t, diags)
}

// Without any source, the error lists each and what it lacked.
func TestAuthentication_NoSource(t *testing.T) {
	t.Parallel()
	_, diags := nobody(t).TryProtocol(identity(nil))
	acctest.WantError(t, diags, "client_secret", "ATM_CLIENT_SECRET", "client_assertion", "client_private_key_pem",
		"ATM_CLIENT_ASSERTION is not set", "ATM_CLIENT_ASSERTION_FILE is not set", "TFC_WORKLOAD_IDENTITY_TOKEN_ATM", "ACTIONS_ID_TOKEN_REQUEST_URL",
		"SYSTEM_OIDCREQUESTURI", "SPACELIFT_OIDC_TOKEN", "CIRCLE_OIDC_TOKEN_V2", "BITBUCKET_STEP_OIDC_TOKEN")
	_, diags = nobody(t, "GITHUB_ACTIONS=true").TryProtocol(identity(nil))
	acctest.WantError(t, diags, "client_secret", "permissions: id-token: write")
}

// A token from the environment is for the endpoint without a final slash, or for
// client_assertion_audience, and for no other server.
func TestAuthentication_Audience(t *testing.T) {
	t.Parallel()
	const other = "https://vault.example.com"
	for name, test := range map[string]struct {
		aud      any
		settings map[string]any
		refused  string
	}{
		"the endpoint":                     {nobodysURL, nil, ""},
		"with a final slash":               {nobodysURL + "/", nil, `"` + nobodysURL + `/"`},
		"the endpoint has a final slash":   {nobodysURL, map[string]any{"endpoint": nobodysURL + "/"}, ""},
		"with a path":                      {nobodysURL + "/atm", map[string]any{"endpoint": nobodysURL + "/atm/"}, ""},
		"another service":                  {other, nil, `"` + other + `"`},
		"two":                              {[]string{nobodysURL, other}, nil, `"` + nobodysURL + `", "` + other + `"`},
		"the setting":                      {other, map[string]any{"client_assertion_audience": other}, ""},
		"the setting, not the endpoint":    {nobodysURL, map[string]any{"client_assertion_audience": other}, nobodysURL},
		"the setting is compared as it is": {other, map[string]any{"client_assertion_audience": other + "/"}, other},
	} {
		token := assertionFor(t, test.aud)
		for variable, attribute := range map[string]string{"ATM_CLIENT_ASSERTION": "client_assertion", "ATM_CLIENT_ASSERTION_FILE": "client_assertion_file", "TFC_WORKLOAD_IDENTITY_TOKEN": ""} {
			value := token
			if strings.HasSuffix(variable, "_FILE") {
				value = fileWith(t, token)
			}
			_, diags := nobody(t, variable+"="+value).TryProtocol(identity(test.settings))
			if test.refused == "" {
				acctest.NoErrors(t, diags)
				continue
			}
			acctest.WantError(t, diags, attribute, variable, "aud", test.refused, "client_assertion_audience")
			noParts(t, diags, token)
			if name != "another service" {
				continue
			}
			_, diags = nobody(t, variable+"="+value, "ATM_CLIENT_ASSERTION_AUDIENCE="+other).TryProtocol(identity(nil))
			acctest.NoErrors(t, diags)
		}
	}
	// A token that the block names was meant for this ATM; only its own setting contradicts it.
	token := assertionFor(t, other)
	_, diags := nobody(t).TryProtocol(identity(map[string]any{"client_assertion": token}))
	acctest.NoErrors(t, diags)
	_, diags = nobody(t).TryProtocol(identity(map[string]any{"client_assertion": token, "client_assertion_audience": nobodysURL}))
	acctest.WantError(t, diags, "client_assertion", "aud", other)
}

func noParts(t *testing.T, diags []*tfprotov6.Diagnostic, token string) {
	t.Helper()
	for _, d := range diags {
		for _, part := range strings.Split(token, ".") {
			if strings.Contains(acctest.Print(d), part) {
				t.Errorf("a diagnostic contains a part of a token: %s", acctest.Print(d))
			}
		}
	}
}

// The content of a file in the place of its path is named as that mistake, for
// every setting that names a file, and not shown.
func TestSettings_ContentInThePlaceOfAPath(t *testing.T) {
	t.Parallel()
	private, public := keyPair(t)
	token := assertionFor(t, nobodysURL)
	for name, instead := range map[string]string{
		"access_token_file": "access_token", "client_secret_file": "client_secret", "client_assertion_file": "client_assertion",
		"client_private_key_file": "client_private_key_pem", "ca_cert_file": "ca_cert_pem", "client_cert_file": "client_cert_pem", "client_key_file": "client_key_pem",
	} {
		for content, want := range map[string]string{token: "contains a token", token + "\n": "contains a token", private: "PEM", public: "PEM"} {
			_, diags := nobody(t).TryProtocol(map[string]any{name: content})
			acctest.WantError(t, diags, name, name+" ", want, instead)
			noParts(t, diags, token)
			noText(t, diags, content[30:60])
			_, diags = nobody(t, variable(name)+"="+content).TryProtocol(nil)
			acctest.WantError(t, diags, name, variable(name)+" ", want, instead)
			noParts(t, diags, token)
			noText(t, diags, content[30:60])
		}
	}
}

func noText(t *testing.T, diags []*tfprotov6.Diagnostic, text string) {
	t.Helper()
	for _, d := range diags {
		if strings.Contains(acctest.Print(d), text) {
			t.Errorf("a diagnostic contains %q: %s", text, acctest.Print(d))
		}
	}
}

func TestSettings_BadAssertionsAndKeys(t *testing.T) {
	t.Parallel()
	_, public := keyPair(t)
	for name, test := range map[string]struct {
		setting, value, want string
	}{
		"an opaque token":           {"client_assertion", tokenValue, "not a JWT"},
		"a scheme":                  {"client_assertion", "Bearer " + assertionFor(t, nobodysURL), `"Bearer "`},
		"17 KiB":                    {"client_assertion", "eyJ" + strings.Repeat("a", 17<<10), "16 KiB"},
		"an opaque token in a file": {"client_assertion_file", fileWith(t, tokenValue), "not a JWT"},
		"17 KiB in a file":          {"client_assertion_file", fileWith(t, strings.Repeat("a", 17<<10)), "16 KiB"},
		"an empty file":             {"client_assertion_file", fileWith(t, "\n"), "empty"},
		"no file":                   {"client_assertion_file", "/nowhere/token", "/nowhere/token"},
		"a public key":              {"client_private_key_pem", public, "PUBLIC KEY"},
		"no key":                    {"client_private_key_pem", tokenValue, "no private key"},
		"a public key in a file":    {"client_private_key_file", fileWith(t, public), "PUBLIC KEY"},
		"no key file":               {"client_private_key_file", "/nowhere/key", "/nowhere/key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, diags := nobody(t).TryProtocol(identity(map[string]any{test.setting: test.value}))
			acctest.WantError(t, diags, test.setting, test.setting+" ", test.want)
			noSecrets(t, diags)
			_, diags = nobody(t, variable(test.setting)+"="+test.value).TryProtocol(identity(nil))
			acctest.WantError(t, diags, test.setting, variable(test.setting)+" ", test.want)
			noSecrets(t, diags)
		})
	}
}
