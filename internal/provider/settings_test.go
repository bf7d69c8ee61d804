package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
)

const (
	secretValue = "very-secret-client-secret-0123456789"
	tokenValue  = "very-secret-access-token"
)

// nobody is a harness whose endpoint no request may reach: settings are
// checked without one.
func nobody(t *testing.T, environ ...string) *acctest.Harness {
	t.Helper()
	return acctest.New(t, append([]string{"ATM_ENDPOINT=http://127.0.0.1:9"}, environ...), time.Now)
}

func signIn(more map[string]any) map[string]any {
	settings := map[string]any{"client_id": "client", "client_secret": secretValue, "login_id": "ada@example.com"}
	for name, value := range more {
		settings[name] = value
	}
	return settings
}

func byToken(more map[string]any) map[string]any {
	settings := map[string]any{"access_token": tokenValue}
	for name, value := range more {
		settings[name] = value
	}
	return settings
}

// Each wrong setting is named separately, on its attribute.
func TestProvider_WrongSettings(t *testing.T) {
	t.Parallel()
	missingFile := filepath.Join(t.TempDir(), "none")
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		settings  map[string]any
		attribute string
		want      string
	}{
		"endpoint is no URL":       {signIn(map[string]any{"endpoint": "atm.example.com"}), "endpoint", "https://atm.example.com"},
		"endpoint with a password": {signIn(map[string]any{"endpoint": "https://a:b@atm.example.com"}), "endpoint", "password"},
		"endpoint with a query":    {signIn(map[string]any{"endpoint": "https://atm.example.com?x"}), "endpoint", "query"},
		"endpoint is empty":        {signIn(map[string]any{"endpoint": ""}), "endpoint", "ATM_ENDPOINT"},
		"no client id":             {map[string]any{"client_secret": secretValue, "login_id": "l"}, "client_id", "ATM_CLIENT_ID"},
		"no client secret":         {map[string]any{"client_id": "c", "login_id": "l"}, "client_secret", "ATM_CLIENT_SECRET"},
		"no login id":              {map[string]any{"client_id": "c", "client_secret": secretValue}, "login_id", "ATM_LOGIN_ID"},
		"secret file missing":      {map[string]any{"client_id": "c", "client_secret_file": missingFile, "login_id": "l"}, "client_secret_file", "none"},
		"secret file empty":        {map[string]any{"client_id": "c", "client_secret_file": empty, "login_id": "l"}, "client_secret_file", "empty"},
		"token file missing":       {map[string]any{"access_token_file": missingFile}, "access_token_file", "none"},
		"two methods":              {signIn(map[string]any{"access_token": tokenValue}), "client_id", "Keep one"},
		"two values":               {signIn(map[string]any{"client_secret_file": empty}), "client_secret_file", "Keep one"},
		"CA is no PEM":             {byToken(map[string]any{"ca_cert_pem": "x"}), "ca_cert_pem", "BEGIN CERTIFICATE"},
		"CA file is no PEM":        {byToken(map[string]any{"ca_cert_file": empty}), "ca_cert_file", "BEGIN CERTIFICATE"},
		"CA file missing":          {byToken(map[string]any{"ca_cert_file": missingFile}), "ca_cert_file", "none"},
		"certificate, no key":      {byToken(map[string]any{"client_cert_pem": "x"}), "client_key_pem", "missing"},
		"key, no certificate":      {byToken(map[string]any{"client_key_pem": "x"}), "client_cert_pem", "missing"},
		"key of another":           {byToken(map[string]any{"client_cert_pem": "x", "client_key_pem": "y"}), "client_cert_pem", "cannot be used"},
		"proxy":                    {byToken(map[string]any{"proxy_url": "proxy:3128"}), "proxy_url", "http://proxy.example.com:3128"},
		"headers":                  {byToken(map[string]any{"headers": map[string]any{"Authorization": "Basic x"}}), "headers", "Authorization"},
		"request_timeout":          {byToken(map[string]any{"request_timeout": 0}), "request_timeout", "1"},
		"max_retries":              {byToken(map[string]any{"max_retries": -1}), "max_retries", "0"},
		"max_concurrency":          {byToken(map[string]any{"max_concurrency": 0}), "max_concurrency", "1"},
		"max_requests_per_second":  {byToken(map[string]any{"max_requests_per_second": 0}), "max_requests_per_second", "0.001"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, diags := nobody(t).TryProtocol(test.settings)
			acctest.WantError(t, diags, test.attribute, test.want)
			noSecrets(t, diags)
		})
	}
}

// Two missing settings are two errors.
func TestProvider_MissingSettingsAreNamedOneByOne(t *testing.T) {
	t.Parallel()
	h := nobody(t)
	h.Setenv("ATM_ENDPOINT", "")
	_, diags := h.TryProtocol(map[string]any{"client_id": "c"})
	for _, name := range []string{"endpoint", "client_secret", "login_id"} {
		acctest.WantError(t, diags, name, "ATM_"+strings.ToUpper(name))
	}
}

// Wrong variables are named as such.
func TestProvider_WrongVariables(t *testing.T) {
	t.Parallel()
	for variable, test := range map[string]struct{ value, attribute string }{
		"ATM_ENDPOINT":                {"nowhere", "endpoint"},
		"ATM_MAX_RETRIES":             {"many", "max_retries"},
		"ATM_REQUEST_TIMEOUT":         {"30s", "request_timeout"},
		"ATM_MAX_REQUESTS_PER_SECOND": {"NaN", "max_requests_per_second"},
		"ATM_HEADERS":                 {"X: y", "headers"},
		"ATM_CA_CERT_PEM":             {"x", "ca_cert_pem"},
	} {
		h := nobody(t)
		h.Setenv(variable, test.value)
		_, diags := h.TryProtocol(byToken(nil))
		acctest.WantError(t, diags, test.attribute, variable)
	}
}

// Each setting is resolved separately, block before environment; a method that
// the block names discards the other's variables.
func TestProvider_BlockBeforeEnvironment(t *testing.T) {
	t.Parallel()
	whole := []string{"ATM_CLIENT_ID=c", "ATM_CLIENT_SECRET=" + secretValue, "ATM_LOGIN_ID=l"}
	for name, test := range map[string]struct {
		environ  []string
		settings map[string]any
	}{
		"all from the environment":                       {whole, nil},
		"part from each":                                 {whole[:2], map[string]any{"login_id": "l"}},
		"the block's token discards a sign-in":           {whole, byToken(nil)},
		"the block's sign-in discards a token":           {[]string{"ATM_ACCESS_TOKEN=" + tokenValue}, signIn(nil)},
		"the block's token discards a file":              {[]string{"ATM_ACCESS_TOKEN_FILE=/nowhere"}, byToken(nil)},
		"the block's secret discards a file":             {[]string{"ATM_CLIENT_SECRET_FILE=/nowhere"}, signIn(nil)},
		"the block's CA discards a file":                 {[]string{"ATM_ACCESS_TOKEN=" + tokenValue, "ATM_CA_CERT_FILE=/nowhere"}, map[string]any{"ca_cert_pem": someCA(t)}},
		"a part of the block's sign-in discards a token": {append(whole[:2:2], "ATM_ACCESS_TOKEN="+tokenValue), map[string]any{"login_id": "l"}},
		"a discarded variable is not checked":            {[]string{"ATM_CLIENT_SECRET=" + secretValue + "\n"}, byToken(nil)},
		"an unknown token discards a sign-in":            {whole, map[string]any{"access_token": acctest.Unknown}},
		"no credential: tokens for others only":          {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, diags := nobody(t, test.environ...).TryProtocol(test.settings)
			acctest.NoErrors(t, diags)
		})
	}
}

func TestProvider_TwoMethodsInTheEnvironment(t *testing.T) {
	t.Parallel()
	_, diags := nobody(t, "ATM_ACCESS_TOKEN="+tokenValue, "ATM_CLIENT_ID=c").TryProtocol(nil)
	acctest.WantError(t, diags, "", "ATM_ACCESS_TOKEN", "ATM_CLIENT_ID")
	_, diags = nobody(t, "ATM_ACCESS_TOKEN="+tokenValue, "ATM_ACCESS_TOKEN_FILE=f").TryProtocol(nil)
	acctest.WantError(t, diags, "", "ATM_ACCESS_TOKEN_FILE")
	noSecrets(t, diags)
}

// A setting that is unknown at plan time is not an error: creating is planned
// without a call, and an operation that must call names the setting.
func TestProvider_UnknownSettings(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"endpoint", "client_id", "client_secret", "login_id", "ca_cert_pem", "headers", "max_retries"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := nobody(t)
			p, diags := h.TryProtocol(signIn(map[string]any{name: acctest.Unknown}))
			acctest.NoErrors(t, diags)
			suite := p.New("atm_suite")
			plan, diags := p.Plan(suite, map[string]any{"name": "payments"})
			acctest.NoErrors(t, diags)
			if !plan.Changes(suite) {
				t.Error("the create is not planned")
			}
			_, diags = p.Import("atm_suite", "payments", nil)
			acctest.WantError(t, diags, "", name, "not known")
			suite.State = plan.Planned
			acctest.WantError(t, p.Refresh(suite), "", name, "not known")
		})
	}
}

// An operation that needs the management API reports at plan time that there is
// no credential.
func TestProvider_NoCredentialIsToldAtPlan(t *testing.T) {
	t.Parallel()
	p := nobody(t).Protocol(nil)
	_, diags := p.Plan(p.New("atm_suite"), map[string]any{"name": "payments"})
	acctest.WantError(t, diags, "", "client_id", "ATM_ACCESS_TOKEN")
}

func TestProvider_PlainHTTPIsWarnedOf(t *testing.T) {
	t.Parallel()
	_, diags := nobody(t).TryProtocol(byToken(map[string]any{"endpoint": "http://atm.example.com"}))
	acctest.WantWarning(t, diags, "endpoint", "https")
	_, diags = nobody(t).TryProtocol(byToken(map[string]any{"endpoint": "http://localhost:8080"}))
	if len(diags) != 0 {
		t.Errorf("loopback is warned of: %s", acctest.Print(diags[0]))
	}
}

func noSecrets(t *testing.T, diags []*tfprotov6.Diagnostic) {
	t.Helper()
	for _, d := range diags {
		if text := acctest.Print(d); strings.Contains(text, secretValue) || strings.Contains(text, tokenValue) {
			t.Errorf("a diagnostic holds a secret: %s", text)
		}
	}
}
