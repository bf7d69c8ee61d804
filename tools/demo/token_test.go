package main

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// sign signs claims, which change changes first.
func sign(t *testing.T, algorithm jose.SignatureAlgorithm, key any, change func(map[string]any)) string {
	t.Helper()
	claims := map[string]any{"iss": "atm", "aud": "the-application", "exp": time.Now().Add(time.Hour).Unix()}
	change(claims)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: "the-key"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestVerifyToken_AcceptsOnlyValidTokens(t *testing.T) {
	t.Parallel()
	newKey := func() *rsa.PrivateKey {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	key, none := newKey(), func(map[string]any) {}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "the-key", Algorithm: "RS256"}}})
	}))
	t.Cleanup(site.Close)
	valid := sign(t, jose.RS256, key, none)
	if report, err := verifyToken(t.Context(), site.URL, valid, "the-application"); err != nil || !strings.Contains(report, `"iss": "atm"`) {
		t.Errorf("a valid token: %v, report %q", err, report)
	}
	for name, token := range map[string]string{
		"another key":      sign(t, jose.RS256, newKey(), none),
		"another issuer":   sign(t, jose.RS256, key, func(c map[string]any) { c["iss"] = "mta" }),
		"another audience": sign(t, jose.RS256, key, func(c map[string]any) { c["aud"] = "other" }),
		"expired":          sign(t, jose.RS256, key, func(c map[string]any) { c["exp"] = time.Now().Add(-time.Hour).Unix() }),
		"no expiry":        sign(t, jose.RS256, key, func(c map[string]any) { delete(c, "exp") }),
		"HMAC":             sign(t, jose.HS256, []byte("0123456789abcdef0123456789abcdef"), none),
		"truncated":        valid[:len(valid)-8],
	} {
		if _, err := verifyToken(t.Context(), site.URL, token, "the-application"); err == nil || strings.Contains(err.Error(), token) {
			t.Errorf("%s: got %v, want an error without the token", name, err)
		}
	}
}

func TestVerifyToken_NeedsTheKeys(t *testing.T) {
	t.Parallel()
	site := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(site.Close)
	if _, err := verifyToken(t.Context(), site.URL, "a.b.c", ""); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("got %v, want an error with the status", err)
	}
}
