package token_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/jwkset"
	"github.com/tci-pf/terraform-provider-atm/internal/token"
)

// now is the time of these tests; the documented example was issued a minute
// before.
var now = time.Unix(1662429322, 0)

const (
	kid      = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
	audience = "T_1kwjq0gTKGW6-g4O8OF"
	// documented is the payload of ATM's user-credentials page.
	documented = `{"iat": 1662429262, "iss": "atm", "exp": 1662429442, "aud": "T_1kwjq0gTKGW6-g4O8OF",` +
		` "scope": {"email": "admin@gmail.com", "id": "D7aaqWe34vWj_Bd-uuP8N", "firstName": "Thong", "lastName": ""}}`
)

// ours is ATM's key, theirs is another issuer's.
var (
	ours   = sync.OnceValue(func() *rsa.PrivateKey { return mustKey(2048) })
	theirs = sync.OnceValue(func() *rsa.PrivateKey { return mustKey(2048) })
)

func mustKey(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

func b64(text []byte) string { return base64.RawURLEncoding.EncodeToString(text) }

func jwk(id string, key *rsa.PublicKey) map[string]any {
	return map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": id,
		"n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes()),
	}
}

func jwks(keys ...map[string]any) []byte {
	document, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		panic(err)
	}
	return document
}

// published is ATM's JWKS with one key.
func published() []byte { return jwks(jwk(kid, &ours().PublicKey)) }

func keys(t testing.TB) token.Keys {
	t.Helper()
	set, err := jwkset.Parse(published())
	if err != nil {
		t.Fatal(err)
	}
	return token.FixedKeys(set)
}

// forge makes a token of any header and payload, signed by key with RS256.
func forge(header, payload string, key *rsa.PrivateKey) string {
	text := b64([]byte(header)) + "." + b64([]byte(payload))
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return text + "." + b64(signature)
}

// right is the header of a right token.
const right = `{"alg":"RS256","typ":"JWT","kid":"` + kid + `"}`

// signed is a payload as ATM would sign it.
func signed(payload string) string { return forge(right, payload, ours()) }

// claim is the documented payload with one claim changed; nil removes it.
func claim(name string, value any) string {
	var claims map[string]any
	if err := json.Unmarshal([]byte(documented), &claims); err != nil {
		panic(err)
	}
	claims[name] = value
	if value == nil {
		delete(claims, name)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	return string(payload)
}

// hmacWithPublicKey is HS256 with the public key as the secret (RFC 8725 §2.1).
func hmacWithPublicKey(header string) string {
	der, err := x509.MarshalPKIXPublicKey(&ours().PublicKey)
	if err != nil {
		panic(err)
	}
	text := b64([]byte(header)) + "." + b64([]byte(documented))
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	mac.Write([]byte(text))
	return text + "." + b64(mac.Sum(nil))
}
