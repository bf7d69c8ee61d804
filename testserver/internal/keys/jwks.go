package keys

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
)

// JWK is the public part of a signing key (RFC 7517 §4, RFC 7518 §6.3.1).
type JWK struct {
	// KeyType is "RSA".
	KeyType string `json:"kty"`
	// Use is "sig".
	Use string `json:"use"`
	// Algorithm is "RS256".
	Algorithm string `json:"alg"`
	// ID is the RFC 7638 thumbprint.
	ID string `json:"kid"`
	// Modulus and Exponent are Base64urlUInt.
	Modulus  string `json:"n"`
	Exponent string `json:"e"`
}

// NewJWK describes a public key.
func NewJWK(key *rsa.PublicKey) JWK {
	return JWK{
		KeyType: "RSA", Use: "sig", Algorithm: Algorithm, ID: Thumbprint(key),
		Modulus: base64Int(key.N), Exponent: base64Int(big.NewInt(int64(key.E))),
	}
}

// document is a JWKS as it is served (RFC 7517 §5).
type document struct {
	body []byte
	etag string
}

func newDocument(keys []JWK) document {
	body, err := json.Marshal(struct {
		Keys []JWK `json:"keys"`
	}{keys})
	if err != nil {
		panic(err) // only strings: cannot fail
	}
	sum := sha256.Sum256(body)
	return document{body: body, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:18]) + `"`}
}
