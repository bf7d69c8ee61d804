package provider_test

import (
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/testissuer"
)

const jobSubject = "repo:octo/shop:environment:prod"

// federated is a server whose application without a secret trusts an issuer, and a
// provider with its client id.
func federated(t *testing.T, change ...func(*atm.ApplicationCreate)) (*testserver.Server, *testissuer.Issuer, *acctest.Harness) {
	t.Helper()
	server, h := acctest.Start(t)
	issuer := testissuer.Start(t)
	issuer.Now = server.Clock.Now
	issuer.Job(testissuer.Claims{"sub": jobSubject})
	h.Pipeline(func(a *atm.ApplicationCreate) {
		a.FederatedCredentials = &[]atm.FederatedCredential{
			{Name: "job", Issuer: issuer.URL, Subject: jobSubject, Audience: server.URL},
			{Name: "azure", Issuer: issuer.URL, Subject: jobSubject, Audience: testissuer.AzureAudience},
		}
		for _, c := range change {
			c(a)
		}
	})
	server.ForgetRequests()
	return server, issuer, h
}

func setenv(h *acctest.Harness, environ map[string]string) {
	for name, value := range environ {
		h.Setenv(name, value)
	}
}

// Each CI system's identity signs the provider in, by nothing but its own variables.
func TestFederation_EachSourceSignsIn(t *testing.T) {
	server, issuer, h := federated(t)
	job := func() string { return issuer.GitLab(server.URL)["ATM_CLIENT_ASSERTION"] }
	for name, environ := range map[string]map[string]string{
		"GitHub Actions": issuer.GitHub(),
		"GitLab":         issuer.GitLab(server.URL),
		"Azure DevOps":   with(issuer.AzureDevOps(), "ATM_CLIENT_ASSERTION_AUDIENCE", testissuer.AzureAudience),
		"Kubernetes":     {"ATM_CLIENT_ASSERTION_FILE": fileWith(t, job()+"\n")},
		"HCP Terraform":  {"TFC_WORKLOAD_IDENTITY_TOKEN_ATM": job(), "TFC_WORKLOAD_IDENTITY_TOKEN": "another"},
		"HCP, one token": {"TFC_WORKLOAD_IDENTITY_TOKEN": job()},
		"Spacelift":      {"SPACELIFT_OIDC_TOKEN": job()},
		"CircleCI":       {"CIRCLE_OIDC_TOKEN_V2": job()},
		"Bitbucket":      {"BITBUCKET_STEP_OIDC_TOKEN": job()},
	} {
		setenv(h, environ)
		p := h.Protocol(nil)
		acctest.NoErrors(t, apply(p, name))
		for variable := range environ {
			h.Setenv(variable, "")
		}
	}
	acctest.NoErrors(t, apply(h.Protocol(map[string]any{"client_assertion": job()}), "block"))
	acctest.NoErrors(t, apply(h.Protocol(map[string]any{"client_assertion_file": fileWith(t, job())}), "file of the block"))
	if n := server.CountRequests("POST", "/auth/token"); n != 11 {
		t.Errorf("%d sign-ins, want 11", n)
	}
}

func with(environ map[string]string, name, value string) map[string]string {
	environ = maps.Clone(environ)
	environ[name] = value
	return environ
}

// A private key signs for the endpoint, which is ATM's issuer.
func TestFederation_PrivateKey(t *testing.T) {
	private, public := keyPair(t)
	other, _ := keyPair(t)
	id := "key-1"
	server, _, h := federated(t, func(a *atm.ApplicationCreate) { a.PublicKeys = &[]atm.PublicKey{{Kid: &id, Pem: public}} })
	acctest.NoErrors(t, apply(h.Protocol(map[string]any{"client_private_key_pem": private, "client_private_key_id": id}), "pem"))
	acctest.NoErrors(t, apply(h.Protocol(map[string]any{"client_private_key_file": fileWith(t, private), "client_private_key_id": id, "endpoint": server.URL + "/"}), "file"))
	acctest.NoErrors(t, apply(h.Protocol(map[string]any{"client_private_key_pem": private, "client_assertion_audience": server.URL}), "without an id"))
	h.Setenv("ATM_CLIENT_PRIVATE_KEY_PEM", private)
	h.Setenv("ATM_CLIENT_PRIVATE_KEY_ID", id)
	acctest.NoErrors(t, apply(h.Protocol(nil), "variables"))
	for name, settings := range map[string]map[string]any{
		"another key":      {"client_private_key_pem": other},
		"another id":       {"client_private_key_pem": private, "client_private_key_id": "key-2"},
		"another audience": {"client_private_key_pem": private, "client_assertion_audience": server.URL + "/auth/token"},
	} {
		diags := apply(h.Protocol(settings), name)
		acctest.WantError(t, diags, "", "sign in", "client_private_key_pem", "public_keys")
		noText(t, diags, private[30:60])
	}
}

// A ready token is exchanged at the first operation that needs ATM, and the refresh
// token then serves, also after the ready one has expired. If both have, the error
// says what, when, and what to do.
func TestFederation_AnApplyOutlivesItsAssertion(t *testing.T) {
	server, issuer, h := federated(t)
	setenv(h, issuer.GitLab(server.URL))
	expires := server.Clock.Now().Add(10 * time.Minute)
	p := h.Protocol(nil)
	if n := server.CountRequests("POST", "/auth/token"); n != 0 {
		t.Errorf("%d sign-ins before the first operation", n)
	}
	_, diags := p.ReadData("atm_caller", nil)
	acctest.NoErrors(t, diags)
	if n := server.CountRequests("POST", "/auth/token"); n != 1 {
		t.Errorf("%d sign-ins by the first operation, want 1", n)
	}
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		server.Clock.Advance(20 * time.Minute)
		acctest.NoErrors(t, apply(p, name))
	}
	server.Clock.Advance(48 * time.Hour)
	diags = apply(p, "late")
	acctest.WantError(t, diags, "", "refresh token", "ATM_CLIENT_ASSERTION", "expired at "+expires.UTC().Format("2006-01-02T15:04"), "Start the job again")
	noParts(t, diags, h.Getenv("ATM_CLIENT_ASSERTION"))
}

// A source that can be asked again signs in again after everything has expired.
func TestFederation_ASourceThatCanBeAskedAgain(t *testing.T) {
	server, issuer, h := federated(t)
	file := filepath.Join(t.TempDir(), "token")
	renew := func() {
		if err := os.WriteFile(file, []byte(issuer.GitLab(server.URL)["ATM_CLIENT_ASSERTION"]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	renew()
	h.Setenv("ATM_CLIENT_ASSERTION_FILE", file)
	byFile := h.Protocol(nil)
	h.Setenv("ATM_CLIENT_ASSERTION_FILE", "")
	setenv(h, issuer.GitHub())
	byGitHub := h.Protocol(nil)
	for _, name := range []string{"first", "second"} {
		acctest.NoErrors(t, apply(byFile, name+" by file"))
		acctest.NoErrors(t, apply(byGitHub, name+" by GitHub"))
		server.Clock.Advance(48 * time.Hour)
		renew()
	}
	if n := issuer.Requests(testissuer.PathGitHub); n != 2 {
		t.Errorf("%d tokens of GitHub for two sign-ins", n)
	}
}

// The error about a token that ATM does not accept names what ATM compares, and
// the provider sends it once.
func TestFederation_Refused(t *testing.T) {
	server, issuer, h := federated(t)
	issuer.Job(testissuer.Claims{"sub": "repo:octo/shop:pull_request"})
	setenv(h, issuer.GitHub())
	p := h.Protocol(nil)
	for _, name := range []string{"a", "b"} {
		diags := apply(p, name)
		acctest.WantError(t, diags, "", "GitHub Actions", `sub "repo:octo/shop:pull_request"`, `aud "`+server.URL+`"`, `iss "`+issuer.URL+`"`, "federated_credentials", "ATM_CLIENT_ID")
	}
	if n := server.CountRequests("POST", "/auth/token"); n != 1 {
		t.Errorf("%d sign-ins, want 1", n)
	}
}

// A retry after an error of ATM has a new token, as a federated credential of single use needs it.
func TestFederation_RetriesHaveNewTokens(t *testing.T) {
	server, issuer, h := federated(t, func(a *atm.ApplicationCreate) {
		once := true
		(*a.FederatedCredentials)[0].SingleUse = &once
	})
	setenv(h, issuer.GitHub())
	server.Fail(testserver.Fault{Path: "/auth/token", Times: 2, Drop: testserver.DropAfter})
	acctest.NoErrors(t, apply(h.Protocol(nil), "a"))
	if n := issuer.Requests(testissuer.PathGitHub); n != 3 {
		t.Errorf("%d tokens of GitHub for three attempts", n)
	}

	// A source that the provider cannot request again fails then, and the error
	// says so.
	setenv(h, map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": ""})
	setenv(h, issuer.GitLab(server.URL))
	issuer.Job(testissuer.Claims{"sub": jobSubject})
	setenv(h, issuer.GitLab(server.URL))
	acctest.NoErrors(t, apply(h.Protocol(nil), "b"))
	diags := apply(h.Protocol(nil), "c")
	acctest.WantError(t, diags, "", "ATM_CLIENT_ASSERTION", "federated_credentials")
	if !strings.Contains(h.Getenv("ATM_CLIENT_ASSERTION"), ".") {
		t.Error("no token")
	}
}

// Requests to a CI system trust ca_cert_pem, go through proxy_url, and carry nothing that is for a gateway in front of ATM.
func TestFederation_RequestsToTheCISystem(t *testing.T) {
	server, issuer, h := federated(t)
	setenv(h, issuer.GitHub())
	var (
		mu   sync.Mutex
		seen []*http.Request
	)
	note := func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen = append(seen, r)
		mu.Unlock()
		_, _ = fmt.Fprintf(w, `{"value":%q}`, issuer.GitLab(server.URL)["ATM_CLIENT_ASSERTION"])
	}
	system := httptest.NewTLSServer(http.HandlerFunc(note))
	t.Cleanup(system.Close)
	h.Setenv("ACTIONS_ID_TOKEN_REQUEST_URL", system.URL)
	authority := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: system.Certificate().Raw}))
	acctest.WantError(t, apply(h.Protocol(map[string]any{"max_retries": 0}), "a"), "", "GitHub Actions did not give a token", "certificate")
	settings := map[string]any{"ca_cert_pem": authority, "headers": map[string]any{"X-Gateway-Key": "key-of-the-gateway"}}
	acctest.NoErrors(t, apply(h.Protocol(settings), "b"))
	if len(seen) != 1 || seen[0].Header.Get("X-Gateway-Key") != "" || len(seen[0].TLS.PeerCertificates) > 0 {
		t.Errorf("%d requests, with %v", len(seen), seen[0].Header)
	}

	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	t.Cleanup(proxy.Close)
	acctest.WantError(t, apply(h.Protocol(map[string]any{"ca_cert_pem": authority, "proxy_url": proxy.URL}), "c"), "", "GitHub Actions did not give a token", "418")
}
