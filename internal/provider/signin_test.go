package provider_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// apply uses the management API once.
func apply(p *acctest.Protocol, name string) []*tfprotov6.Diagnostic {
	return p.Apply(p.New("atm_suite"), map[string]any{"name": name})
}

func TestSignIn_IsLazyAndOnce(t *testing.T) {
	server, h := acctest.Start(t)
	p := h.Protocol(nil)
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests before the first operation", n)
	}
	for _, name := range []string{"a", "b", "c"} {
		acctest.NoErrors(t, apply(p, name))
	}
	if n := server.CountRequests("POST", "/auth/token"); n != 1 {
		t.Errorf("%d sign-ins, want 1", n)
	}
}

func TestSignIn_RefreshesAndRecovers(t *testing.T) {
	server, h := acctest.Start(t)
	p := h.Protocol(nil)
	acctest.NoErrors(t, apply(p, "a"))
	server.Clock.Advance(9*time.Minute + 45*time.Second) // ten minutes less the margin
	acctest.NoErrors(t, apply(p, "b"))
	server.Clock.Advance(25 * time.Hour) // the refresh token has expired too
	acctest.NoErrors(t, apply(p, "c"))
	if n := server.CountRequests("POST", "/auth/token"); n != 4 {
		t.Errorf("%d token requests, want 4: sign-in, refresh, refused refresh, sign-in", n)
	}
}

func TestSignIn_RefusedNamesTheSettings(t *testing.T) {
	_, h := acctest.Start(t)
	for name, test := range map[string]struct {
		settings map[string]any
		want     string
	}{
		"secret":    {map[string]any{"client_secret": secretValue}, "client_secret"},
		"client id": {map[string]any{"client_id": "NmN78x6DMfde1XRx9hQg"}, "client_id"},
		"login id":  {map[string]any{"login_id": "nobody@example.com"}, "login_id"},
	} {
		diags := apply(h.Protocol(test.settings), name)
		acctest.WantError(t, diags, "", "sign in", test.want)
		noSecrets(t, diags)
	}
}

func TestSignIn_WrongEndpoint(t *testing.T) {
	server, h := acctest.Start(t)
	acctest.WantError(t, apply(h.Protocol(map[string]any{"endpoint": server.URL + "/tenant"}), "a"), "", "endpoint", "base URL")
	acctest.WantError(t, apply(h.Protocol(map[string]any{"endpoint": "http://127.0.0.1:9", "max_retries": 0}), "b"), "", "connection refused")
}

func TestStaticToken_ExpiresAndIsRevoked(t *testing.T) {
	server, h := acctest.Start(t)
	token, err := server.Admin().Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := h.Protocol(map[string]any{"access_token": token})
	acctest.NoErrors(t, apply(p, "a"))
	if n := server.CountRequests("POST", "/auth/token"); n != 0 {
		t.Errorf("%d sign-ins beside a ready token", n)
	}
	server.Clock.Advance(time.Hour)
	acctest.WantError(t, apply(p, "b"), "", "expired at", "client_id", "ephemeral")
}

func TestTokenFile_IsReadAgain(t *testing.T) {
	server, h := acctest.Start(t)
	file := filepath.Join(t.TempDir(), "token")
	renew := func() {
		token, err := server.Admin().Token(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	renew()
	p := h.Protocol(map[string]any{"access_token_file": file})
	acctest.NoErrors(t, apply(p, "a"))
	server.Clock.Advance(time.Hour)
	renew()
	acctest.NoErrors(t, apply(p, "b"))
}

func TestNetwork_SelfSignedServer(t *testing.T) {
	server, h := acctest.Start(t, testserver.WithSelfSignedTLS(""))
	// The provider's own client, not the harness', is under test here.
	acctest.WantError(t, apply(h.Protocol(nil), "a"), "", "certificate", "ca_cert_file", "ca_cert_pem")
	acctest.NoErrors(t, apply(h.Protocol(map[string]any{"ca_cert_pem": string(server.CA())}), "b"))
}

func someCA(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "some"}, NotAfter: time.Now().Add(time.Hour), IsCA: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
