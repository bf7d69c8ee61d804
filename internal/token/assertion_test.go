package token_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/testissuer"
)

const (
	jobSubject = "repo:octo/shop:environment:prod"
)

// job is an application without a secret, whose pipeline the provider runs in.
type job struct {
	server  *testserver.Server
	issuer  *testissuer.Issuer
	h       *acctest.Harness
	private string
}

func startJob(t *testing.T) *job {
	t.Helper()
	issuer := testissuer.Start(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	server, h := start(t)
	issuer.Now = server.Clock.Now
	issuer.Job(testissuer.Claims{"sub": jobSubject})
	assertion := atm.ClientAuthenticationAssertion
	worker, err := h.API.Application(t.Context(), workerID)
	if err != nil {
		t.Fatal(err)
	}
	application, err := h.API.CreateApplication(t.Context(), atm.NewIdempotencyKey(), atm.ApplicationCreate{
		Name: "Job", SuiteId: worker.SuiteId, ProjectId: worker.ProjectId, AuthenticatorType: atm.UserCredentials, ClientAuthentication: &assertion,
		FederatedCredentials: &[]atm.FederatedCredential{{Name: "job", Issuer: issuer.URL, Subject: jobSubject, Audience: server.URL}},
		PublicKeys:           &[]atm.PublicKey{{Pem: encodePEM("PUBLIC KEY", public)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	enabled := true
	if _, err := h.API.AssignUser(t.Context(), application.Id, userID, atm.NewIdempotencyKey(), atm.ApplicationUserPut{Enabled: &enabled}); err != nil {
		t.Fatal(err)
	}
	h.Setenv("JOB_CLIENT", application.ClientId) // for the tests, not for the provider
	return &job{server, issuer, h, encodePEM("PRIVATE KEY", private)}
}

func encodePEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func (j *job) token() string { return j.issuer.GitLab(j.server.URL)["ATM_CLIENT_ASSERTION"] }

func (j *job) file(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte(content+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func (j *job) config(more map[string]any) map[string]any {
	return with(map[string]any{"client_id": j.h.Getenv("JOB_CLIENT"), "login_id": user}, more)
}

// forms are the ways to name an assertion.
func (j *job) forms(t *testing.T) map[string]map[string]any {
	t.Helper()
	for name, value := range j.issuer.GitHub() {
		j.h.Setenv(name, value)
	}
	return map[string]map[string]any{
		"client_assertion":        {"client_assertion": j.token()},
		"client_assertion_file":   {"client_assertion_file": j.file(t, j.token())},
		"client_private_key_pem":  {"client_private_key_pem": j.private},
		"client_private_key_file": {"client_private_key_file": j.file(t, j.private)},
		"the pipeline's identity": {"client_authentication": "assertion"},
		"both said":               {"client_authentication": "assertion", "client_assertion": j.token()},
	}
}

// Each form of atm_token takes each assertion, and revokes with it.
func TestAssertion_EachFormTakesEach(t *testing.T) {
	j := startJob(t)
	forms := j.forms(t)
	p := j.h.Protocol(nil)
	for name, form := range forms {
		config := j.config(form)
		response, diags := p.ReadData(kind, config)
		acctest.NoErrors(t, diags)
		for _, secret := range []string{"client_assertion", "client_private_key_pem"} {
			if got := response.Get(secret); got != nil {
				t.Errorf("%s: the data source's state has %s", name, secret)
			}
		}
		text(t, response.Get("access_token"))

		opened := open(t, p, config)
		j.server.ForgetRequests()
		if diags := p.Close(opened); len(diags) > 0 {
			t.Errorf("%s: close: %s", name, acctest.Print(diags[0]))
		}
		if n := j.server.CountRequests(http.MethodPost, "/auth/revoke"); n != 1 {
			t.Errorf("%s: %d revocations", name, n)
		}

		o := made(t, p, config)
		if o.Get("client_assertion") != nil || o.Get("client_private_key_pem") != nil {
			t.Errorf("%s: the resource's state has an assertion", name)
		}
		private, err := json.Marshal(o.Private)
		if err != nil || strings.Contains(string(private), "client_assertion") {
			t.Errorf("%s: private state: %s, %v", name, private, err)
		}
		wantKept(t, p, o, config, name)
		j.server.ForgetRequests()
		diags = p.Apply(o, nil)
		acctest.NoErrors(t, diags)
		if n := j.server.CountRequests(http.MethodPost, "/auth/revoke"); (n == 1) != (name != "client_assertion" && name != "client_private_key_pem") {
			t.Errorf("%s: %d revocations by the destroy, with %d warnings", name, n, len(diags))
		}
		if n := j.server.CountRequests(http.MethodPost, "/auth/revoke"); n == 0 {
			acctest.WantWarning(t, diags, "", "not revoked", "client_assertion", "write-only")
		}
	}
}

// A renewal is by the refresh token, also after the assertion has expired; what is written of the assertion changes no token.
func TestAssertion_TheRefreshTokenRenews(t *testing.T) {
	j := startJob(t)
	p := j.h.Protocol(nil)
	config := j.config(map[string]any{"client_assertion": j.token()})
	o := made(t, p, config)
	first := text(t, o.Get("access_token"))
	j.server.Clock.Advance(20 * time.Minute)
	wantDue(t, p, o, config, "later")
	acctest.NoErrors(t, p.Apply(o, config))
	if family(t, o.Get("access_token")) != family(t, first) {
		t.Error("not renewed by the refresh grant")
	}
	if planned := plan(t, p, o, j.config(map[string]any{"client_assertion_file": j.file(t, j.token())})); planned.Get("access_token") == acctest.Unknown {
		t.Error("another source renews the token")
	}

	j.server.Clock.Advance(48 * time.Hour)
	diags := p.Apply(o, config)
	acctest.WantError(t, diags, "client_assertion", "client_assertion contains a token that expired at", "new token")
	noSecret(t, diags, config["client_assertion"].(string))
}

func TestAssertion_BadInput(t *testing.T) {
	j := startJob(t)
	p := j.h.Protocol(nil)
	token := j.token()
	for name, test := range map[string]struct {
		config    map[string]any
		attribute string
		texts     []string
	}{
		"two":                         {map[string]any{"client_assertion": token, "client_assertion_file": "f"}, "client_assertion_file", []string{"exclude each other"}},
		"a secret and an assertion":   {map[string]any{"client_secret": workerSecret, "client_assertion": token}, "client_assertion", []string{"exclude each other"}},
		"two keys":                    {map[string]any{"client_private_key_pem": j.private, "client_private_key_file": "f"}, "client_private_key_file", []string{"exclude each other"}},
		"a secret as assertion":       {map[string]any{"client_secret": workerSecret, "client_authentication": "assertion"}, "client_secret", []string{"Remove one"}},
		"an assertion as secret":      {map[string]any{"client_assertion": token, "client_authentication": "secret"}, "client_assertion", []string{"Remove one"}},
		"no secret":                   {map[string]any{"client_authentication": "secret"}, "client_secret", []string{"Missing"}},
		"an unknown method":           {map[string]any{"client_authentication": "none"}, "client_authentication", nil},
		"an id without a key":         {map[string]any{"client_assertion": token, "client_private_key_id": "k"}, "client_private_key_id", []string{"client_private_key_pem"}},
		"a token as a path":           {map[string]any{"client_assertion_file": token}, "client_assertion_file", []string{"contains a token", "client_assertion"}},
		"a key as a path":             {map[string]any{"client_private_key_file": j.private}, "client_private_key_file", []string{"PEM"}},
		"no JWT":                      {map[string]any{"client_assertion": "very-secret-opaque"}, "client_assertion", []string{"not a JWT"}},
		"no file":                     {map[string]any{"client_assertion_file": "/nowhere/token"}, "client_assertion_file", []string{"/nowhere/token"}},
		"no key":                      {map[string]any{"client_private_key_pem": "very-secret-opaque"}, "client_private_key_pem", []string{"no private key"}},
		"no identity":                 {map[string]any{"client_authentication": "assertion"}, "client_authentication", []string{"ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI"}},
		"a token of another pipeline": {map[string]any{"client_assertion": j.issuer.Token(testissuer.Claims{"sub": "repo:octo/other", "aud": j.server.URL})}, "client_assertion", []string{`sub "repo:octo/other"`, "federated_credentials", "request id"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := j.config(test.config)
			_, data := p.ReadData(kind, config)
			_, opened := p.Open(kind, config)
			for form, diags := range map[string][]*tfprotov6.Diagnostic{"data source": data, "ephemeral resource": opened, "resource": p.Apply(p.New(kind), config)} {
				acctest.WantError(t, diags, test.attribute, test.texts...)
				if t.Failed() {
					t.Fatal(form)
				}
				noSecret(t, diags, token)
				noSecret(t, diags, "very-secret-opaque")
				noSecret(t, diags, j.private[30:60])
			}
		})
	}
}

// Real Terraform: the state has no assertion.
func TestAccAssertion_InNoState(t *testing.T) {
	j := startJob(t)
	token := j.token()
	arguments := fmt.Sprintf("client_id = %q\nlogin_id = %q\nclient_assertion = ", j.h.Getenv("JOB_CLIENT"), user)
	j.h.RunWith(needsEphemeral(t), resource.TestStep{
		Config: fmt.Sprintf("variable \"token\" {\n type = string\n ephemeral = true\n default = %q\n}\n", token) +
			"resource \"atm_token\" \"it\" {\n" + arguments + "var.token\n}\n" +
			"data \"atm_token\" \"it\" {\n" + arguments + fmt.Sprintf("%q\n}\n", token) +
			"ephemeral \"atm_token\" \"it\" {\n" + arguments + "var.token\n}\n",
		Check: func(state *terraform.State) error {
			if text := state.String(); strings.Contains(text, token) || !strings.Contains(text, "access_token") {
				return fmt.Errorf("the state has the assertion, or no token")
			}
			return nil
		},
	})
}
