package keys

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"

	"github.com/golang-jwt/jwt/v5"
)

// Algorithm is the only signature algorithm of the server: RSASSA-PKCS1-v1_5
// with SHA-256 (RFC 7518 §3.3).
const Algorithm = "RS256"

// keyBits is the size of generated keys (RFC 7518 §3.3 asks for 2048 or more).
const keyBits = 2048

// Key is an RSA key of the manager. It does not change.
type Key struct {
	// ID is the key's RFC 7638 thumbprint (SHA-256, base64url, 43 characters).
	ID string
	// Public checks what the key signed.
	Public *rsa.PublicKey

	private *rsa.PrivateKey
	pkcs8   []byte // private, prepared for the store
	header  string // the encoded JOSE header of what it signs
}

// Generate makes a new RSA-2048 key.
func Generate() (*Key, error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("generate an RSA key: %w", err)
	}
	return NewKey(private)
}

// NewKey makes a manager's key of an RSA private key of 2048 bits or more.
func NewKey(private *rsa.PrivateKey) (*Key, error) {
	if private.N.BitLen() < keyBits {
		return nil, fmt.Errorf("the RSA key has %d bits, want %d or more (RFC 7518 §3.3)", private.N.BitLen(), keyBits)
	}
	private.Precompute()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("encode the private key: %w", err)
	}
	id := Thumbprint(&private.PublicKey)
	return &Key{ID: id, Public: &private.PublicKey, private: private, pkcs8: pkcs8, header: joseHeader(id)}, nil
}

// Thumbprint returns the RFC 7638 SHA-256 thumbprint of an RSA public key, in
// unpadded base64url.
func Thumbprint(key *rsa.PublicKey) string {
	// RFC 7638 §3.2: only the required members, in lexicographic order, without
	// white space.
	canonical := `{"e":"` + base64Int(big.NewInt(int64(key.E))) + `","kty":"RSA","n":"` + base64Int(key.N) + `"}`
	sum := sha256.Sum256([]byte(canonical))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func joseHeader(kid string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"` + Algorithm + `","kid":"` + kid + `","typ":"JWT"}`))
}

// base64Int encodes a number as RFC 7518 §2 asks (Base64urlUInt).
func base64Int(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.Bytes()) }

// sign returns the compact JWS (RFC 7515 §3.1) of a payload.
func (k *Key) sign(payload []byte) (string, error) {
	input := k.header + "." + base64.RawURLEncoding.EncodeToString(payload)
	signature, err := jwt.SigningMethodRS256.Sign(input, k.private)
	if err != nil {
		return "", fmt.Errorf("sign with key %s: %w", k.ID, err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

func parsePrivate(pkcs8 []byte) (*Key, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return nil, fmt.Errorf("decode the private key: %w", err)
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("the private key is not an RSA key")
	}
	return NewKey(private)
}

func parsePublic(pkix []byte) (*rsa.PublicKey, error) {
	parsed, err := x509.ParsePKIXPublicKey(pkix)
	if err != nil {
		return nil, fmt.Errorf("decode the public key: %w", err)
	}
	public, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("the public key is not an RSA key")
	}
	return public, nil
}
