package assertion

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// lifetime of the assertions that the client signs. ATM accepts five minutes; a
// minute less leaves a margin for rounding.
const lifetime = 4 * time.Minute

// Key is the private key of a client.
type Key struct {
	// PEM is the key; File names a file that contains it, which is read each time.
	PEM, File string
	// ID is the kid of its public key in ATM; empty: none is sent.
	ID string
	// ClientID is the client's, the iss and sub of the assertions.
	ClientID string
}

// PrivateKey is the source of assertions that the client signs (private_key_jwt:
// OpenID Connect Core §9, RFC 7523). Their aud is s.Audience.
func (s Settings) PrivateKey(name string, key Key) *Source {
	now := s.now()
	return &Source{
		Name: name, Trusted: "public_keys", gives: "signs a token", secrets: []string{key.PEM}, now: now,
		get: func(context.Context) (string, error) { return key.sign(s.Audience, now()) },
	}
}

func (k Key) sign(audience string, now time.Time) (string, error) {
	text := k.PEM
	if k.File != "" {
		var err error
		if text, err = readFile(k.File); err != nil {
			return "", err
		}
	}
	key, method, err := parseKey(text)
	if err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(method, jwt.MapClaims{
		"iss": k.ClientID, "sub": k.ClientID, "aud": audience, "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(lifetime).Unix(),
	})
	token.Header["typ"] = "client-authentication+jwt" // draft-ietf-oauth-rfc7523bis
	if k.ID != "" {
		token.Header["kid"] = k.ID
	}
	signed, err := token.SignedString(key)
	if err != nil {
		return "", errors.New("contains a private key that cannot sign")
	}
	return signed, nil
}

// CheckKey finds what is no private key that ATM accepts assertions of. The error
// continues a sentence that begins with the name of what contains it.
func CheckKey(text string) error {
	_, _, err := parseKey(text)
	return err
}

func parseKey(text string) (crypto.PrivateKey, jwt.SigningMethod, error) {
	block, _ := pem.Decode([]byte(text))
	switch {
	case block == nil:
		return nil, nil, errors.New("contains no private key in PEM format (-----BEGIN PRIVATE KEY-----)")
	case strings.Contains(block.Type, "ENCRYPTED") || block.Headers["DEK-Info"] != "":
		return nil, nil, errors.New("contains a private key that is encrypted. Decrypt it first, for example with openssl pkey")
	case !strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, nil, fmt.Errorf("contains a PEM text of the type %q, not a private key", block.Type)
	}
	key, err := decodeKey(block.Bytes)
	if err != nil {
		return nil, nil, errors.New("contains a private key that cannot be read; it must be in the format PKCS #8, PKCS #1 or SEC 1")
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if bits := key.N.BitLen(); bits < 2048 || bits > 8192 {
			return nil, nil, fmt.Errorf("contains an RSA key of %d bits; ATM accepts 2,048 to 8,192", bits)
		}
		return key, jwt.SigningMethodRS256, nil
	case *ecdsa.PrivateKey:
		if key.Curve != elliptic.P256() {
			return nil, nil, fmt.Errorf("contains a key of the curve %s; ATM accepts P-256", key.Params().Name)
		}
		return key, jwt.SigningMethodES256, nil
	case ed25519.PrivateKey:
		return key, jwt.SigningMethodEdDSA, nil
	}
	return nil, nil, errors.New("contains a private key of an unknown type; ATM accepts RSA, P-256 and Ed25519")
}

func decodeKey(der []byte) (crypto.PrivateKey, error) {
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	return x509.ParseECPrivateKey(der)
}
