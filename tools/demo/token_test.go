package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
	tfjson "github.com/hashicorp/terraform-json"
)

// issuer is an ATM reduced to its JWKS and its signature.
type issuer struct {
	url string
	key *rsa.PrivateKey
}

func newIssuer(t *testing.T) issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	published, err := jwkset.NewJWKFromKey(key.Public(), jwkset.JWKOptions{
		Metadata: jwkset.JWKMetadataOptions{KID: "the-key", ALG: jwkset.AlgRS256, USE: jwkset.UseSig},
	})
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/auth/.well-known/jwks.json" {
			http.NotFound(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(jwkset.JWKSMarshal{Keys: []jwkset.JWKMarshal{published.Marshal()}})
	}))
	t.Cleanup(site.Close)
	return issuer{url: site.URL, key: key}
}

func (i issuer) sign(t *testing.T, method jwt.SigningMethod, key any, change func(jwt.MapClaims)) string {
	t.Helper()
	claims := jwt.MapClaims{
		"iss": "atm", "aud": "the-application", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
		"scope": map[string]any{"email": "admin@gmail.com", "firstName": "Thong"},
	}
	if change != nil {
		change(claims)
	}
	token := jwt.NewWithClaims(method, claims)
	token.Header["kid"] = "the-key"
	signed, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestVerifyToken_ShowsClaimsUnderTheirOwnNames(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	got, err := verifyToken(t.Context(), i.url, i.sign(t, jwt.SigningMethodRS256, i.key, nil), "the-application")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"iss": "atm"`, `"scope": {`, `"firstName": "Thong"`, `"email": "admin@gmail.com"`} {
		if !strings.Contains(got.claims, want) {
			t.Errorf("claims %s do not show %s", got.claims, want)
		}
	}
	if got.keyID != "the-key" {
		t.Errorf("key id %q, want the-key", got.keyID)
	}
}

func TestVerifyToken_Refuses(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	good := i.sign(t, jwt.SigningMethodRS256, i.key, nil)
	tests := map[string]string{
		"another key":      i.sign(t, jwt.SigningMethodRS256, other, nil),
		"another issuer":   i.sign(t, jwt.SigningMethodRS256, i.key, func(c jwt.MapClaims) { c["iss"] = "mta" }),
		"another audience": i.sign(t, jwt.SigningMethodRS256, i.key, func(c jwt.MapClaims) { c["aud"] = "other" }),
		"expired":          i.sign(t, jwt.SigningMethodRS256, i.key, func(c jwt.MapClaims) { c["exp"] = time.Now().Add(-time.Hour).Unix() }),
		"no expiry":        i.sign(t, jwt.SigningMethodRS256, i.key, func(c jwt.MapClaims) { delete(c, "exp") }),
		"no signature":     i.sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil),
		"HMAC":             i.sign(t, jwt.SigningMethodHS256, []byte("the-key"), nil),
		"truncated":        good[:len(good)-8],
	}
	for name, token := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := verifyToken(t.Context(), i.url, token, "the-application")
			if err == nil {
				t.Fatal("accepted")
			}
			if strings.Contains(err.Error(), token) {
				t.Errorf("the error quotes the token: %v", err)
			}
		})
	}
}

func TestVerifyToken_NeedsTheKeys(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := verifyToken(ctx, i.url, i.sign(t, jwt.SigningMethodRS256, i.key, nil), "the-application"); err == nil {
		t.Error("accepted without having read the keys")
	}
}

func TestIssuedToken_FindsTokenAndApplication(t *testing.T) {
	t.Parallel()
	application := &tfjson.StateResource{
		Mode: tfjson.ManagedResourceMode, Type: "atm_application",
		AttributeValues: map[string]any{"id": "the-application"},
	}
	token := &tfjson.StateResource{
		Mode: tfjson.DataResourceMode, Type: "atm_token",
		AttributeValues: map[string]any{"access_token": "a.b.c"},
	}
	state := func(resources ...*tfjson.StateResource) *tfjson.State {
		return &tfjson.State{Values: &tfjson.StateValues{RootModule: &tfjson.StateModule{Resources: resources}}}
	}

	gotToken, gotApplication, err := issuedToken(state(application, token))
	if err != nil || gotToken != "a.b.c" || gotApplication != "the-application" {
		t.Errorf("got %q, %q, %v", gotToken, gotApplication, err)
	}
	for name, incomplete := range map[string]*tfjson.State{
		"empty": {}, "no token": state(application), "no application": state(token),
	} {
		if _, _, err := issuedToken(incomplete); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
