// Package testissuer plays an OpenID Connect issuer in tests, as CI systems are
// one: discovery, keys that rotate, tokens as right or as wrong as wanted, and
// the endpoints from which jobs of GitHub Actions and Azure DevOps get theirs.
//
//	issuer := testissuer.Start(t)
//	token := issuer.Token(testissuer.Claims{"sub": "repo:octo/shop:ref:refs/heads/main", "aud": atm.URL})
package testissuer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

// Paths of the issuer.
const (
	PathDiscovery = "/.well-known/openid-configuration"
	PathJWKS      = "/jwks"
	PathGitHub    = "/github/token"
	PathAzure     = "/azure/token"
)

// Claims of a token. A claim whose value is nil is left out.
type Claims map[string]any

// Issuer is a running issuer. Its methods are safe for concurrent use.
type Issuer struct {
	// URL is the issuer's identifier, and where it is reached.
	URL string
	// Now tells the time of tokens; nil is the machine's. Set it before use.
	Now func() time.Time

	server *httptest.Server

	mu       sync.Mutex
	keys     []signingKey // the last one signs
	requests map[string]int
	instead  map[string]http.Handler
	job      Claims // of the tokens that GitHub's and Azure's endpoints issue
}

type signingKey struct {
	id      string
	private *ecdsa.PrivateKey
}

// Start starts an issuer that ends with the test.
func Start(t testing.TB) *Issuer {
	t.Helper()
	i := New()
	t.Cleanup(i.Close)
	return i
}

// New starts an issuer, for where there is no testing.TB. Close ends it.
func New() *Issuer {
	i := &Issuer{requests: map[string]int{}, instead: map[string]http.Handler{}}
	i.Rotate()
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+PathDiscovery, i.discovery)
	mux.HandleFunc("GET "+PathJWKS, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(i.JWKS())
	})
	mux.HandleFunc("GET "+PathGitHub, i.gitHub)
	mux.HandleFunc("POST "+PathAzure, i.azure)
	i.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		i.requests[r.URL.Path]++
		handler, replaced := i.instead[r.URL.Path]
		i.mu.Unlock()
		if !replaced {
			handler = mux
		}
		handler.ServeHTTP(w, r)
	}))
	i.URL = i.server.URL
	return i
}

// Close ends the issuer, which then cannot be reached.
func (i *Issuer) Close() {
	i.server.CloseClientConnections() // a handler of a test may be slow on purpose
	i.server.Close()
}

// Handle serves a path with another handler: an issuer that redirects, is slow,
// or responds with something else.
func (i *Issuer) Handle(path string, handler http.Handler) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.instead[path] = handler
}

// Restore undoes Handle.
func (i *Issuer) Restore(path string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.instead, path)
}

// Requests counts the requests for a path.
func (i *Issuer) Requests(path string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.requests[path]
}

// Rotate makes the issuer sign with a new key. The keys before stay published.
func (i *Issuer) Rotate() {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // the system has no random numbers
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = append(i.keys, signingKey{"key-" + rand.Text()[:8], private})
}

// Withdraw publishes only the key that signs.
func (i *Issuer) Withdraw() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = i.keys[len(i.keys)-1:]
}

// Key returns the key that signs, with its `kid`.
func (i *Issuer) Key() (private crypto.Signer, kid string) {
	k := i.current()
	return k.private, k.id
}

func (i *Issuer) current() signingKey {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.keys[len(i.keys)-1]
}

// JWKS is what the issuer publishes.
func (i *Issuer) JWKS() []byte {
	i.mu.Lock()
	defer i.mu.Unlock()
	var set jose.JSONWebKeySet
	for _, k := range i.keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.private.Public(), KeyID: k.id, Algorithm: "ES256", Use: "sig"})
	}
	return mustJSON(set)
}

func (i *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, map[string]any{
		"issuer": i.URL, "jwks_uri": i.URL + PathJWKS, "response_types_supported": []string{"id_token"},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"ES256"},
	})
}

// Token signs a token that is valid for ten minutes. It has a `jti` of its own,
// and needs `sub` and `aud`.
func (i *Issuer) Token(claims Claims) string {
	k := i.current()
	return Sign(jwt.SigningMethodES256, k.private, map[string]any{"kid": k.id, "typ": "JWT"}, i.Complete(claims))
}

// Complete returns claims with those that Token adds, to be signed by Sign.
func (i *Issuer) Complete(claims Claims) Claims {
	now := time.Now()
	if i.Now != nil {
		now = i.Now()
	}
	all := Claims{
		"iss": i.URL, "jti": rand.Text(), "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(),
	}
	maps.Copy(all, claims)
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
	return all
}

// Sign signs any claims with any key under any header.
func Sign(method jwt.SigningMethod, key any, header map[string]any, claims Claims) string {
	return SignRaw(method, key, mustJSON(withAlgorithm(header, method)), mustJSON(claims))
}

// SignRaw signs texts that may be wrong JSON.
func SignRaw(method jwt.SigningMethod, key any, header, claims []byte) string {
	token := jwt.New(method)
	signed := token.EncodeSegment(header) + "." + token.EncodeSegment(claims)
	signature, err := method.Sign(signed, key)
	if err != nil {
		panic(err) // the key is not for the method: a mistake of the test
	}
	return signed + "." + token.EncodeSegment(signature)
}

func withAlgorithm(header map[string]any, method jwt.SigningMethod) map[string]any {
	all := map[string]any{"alg": method.Alg()}
	maps.Copy(all, header)
	return all
}

func mustJSON(v any) []byte {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(err) // a mistake of the test
	}
	return encoded
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(mustJSON(v))
}

func bearer(r *http.Request) string {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return token
}
