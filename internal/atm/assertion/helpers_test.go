package assertion_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

const audience = "https://atm.example.com"

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// settings are those of an environment.
func settings(environ map[string]string) assertion.Settings {
	return assertion.Settings{
		Audience: audience, Now: func() time.Time { return now }, RetryWait: time.Millisecond, Timeout: 5 * time.Second,
		Transport: http.DefaultTransport,
		Lookup: func(name string) (string, bool) {
			value, ok := environ[name]
			return value, ok && value != ""
		},
	}
}

// token is a JWT for the audience; no test here checks its signature.
func token(t *testing.T, more jwt.MapClaims) string {
	t.Helper()
	claims := jwt.MapClaims{"iss": "https://issuer.example.com", "sub": "repo:octo/shop", "aud": audience, "exp": now.Add(time.Minute).Unix()}
	maps.Copy(claims, more)
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte("key of a test"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func privateKey(t *testing.T, curve elliptic.Curve) (string, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return encode(t, "PRIVATE KEY", key), key
}

func encode(t *testing.T, kind string, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
