package federation

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
	"github.com/tci-pf/terraform-provider-atm/testserver/testissuer"
)

const (
	ownIssuer = "https://atm.example.com"
	clientID  = "NmN78x6DMfde1XRx9hQg"
)

var start = time.Date(2026, 9, 5, 8, 47, 42, 0, time.UTC)

// world is an issuer, and what reads its keys, by one clock.
type world struct {
	issuer  *testissuer.Issuer
	issuers *Issuers
	clock   *clock.Settable
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{issuer: testissuer.Start(t), clock: clock.NewSettable()}
	w.clock.Freeze(start)
	w.issuer.Now = w.clock.Now
	w.issuers = NewIssuers(w.clock, true)
	t.Cleanup(w.issuers.Close)
	return w
}

// entry is a federated credential that trusts main's environment.
func (w *world) entry() store.FederatedCredential {
	return store.FederatedCredential{Name: "main", Issuer: w.issuer.URL, Subject: "repo:octo/shop:environment:prod", Audience: ownIssuer}
}

// claims fit entry.
func claims(more testissuer.Claims) testissuer.Claims {
	all := testissuer.Claims{"sub": "repo:octo/shop:environment:prod", "aud": ownIssuer}
	for name, value := range more {
		all[name] = value
	}
	return all
}

func (w *world) verify(t *testing.T, assertion string, entries ...store.FederatedCredential) (Verified, Fault) {
	t.Helper()
	return w.verifyRequest(t, Request{Assertion: assertion, Credentials: entries})
}

func (w *world) verifyRequest(t *testing.T, r Request) (Verified, Fault) {
	t.Helper()
	r.ApplicationID, r.ClientID, r.Issuer, r.Now = "application", clientID, ownIssuer, w.clock.Now()
	v, refusal := w.issuers.Verify(t.Context(), r)
	if refusal == nil {
		return v, ""
	}
	return v, refusal.Fault
}

// requests counts what the issuer was asked.
func (w *world) requests() [2]int {
	return [2]int{w.issuer.Requests(testissuer.PathDiscovery), w.issuer.Requests(testissuer.PathJWKS)}
}

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

var (
	ecKey        = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	_, edKey, _  = ed25519.GenerateKey(rand.Reader)
	hmacOfPublic = jwt.SigningMethodHS256
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func publicPEM(public any) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(public))}))
}

func newEC() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// jwk is a public key as a header or a JWKS has it.
func jwk(public any, kid string) jose.JSONWebKey { return jose.JSONWebKey{Key: public, KeyID: kid} }
