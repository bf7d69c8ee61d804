// Package keyset reads ATM's public signing keys (RFC 7517). It fetches
// nothing and knows nothing of Terraform.
package keyset

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/MicahParks/jwkset"
)

// maxDocument bounds a JWKS; a server keeps a handful of keys.
const maxDocument = 1 << 20

// minimumBits is the least RSA modulus that RS256 allows (RFC 7518 §3.3).
const minimumBits = 2048

// Key is one RSA signing key. N and E are base64url, as in the document.
type Key struct {
	ID        string
	Algorithm string
	Use       string
	N         string
	E         string
	Public    *rsa.PublicKey
}

// PEM is the key as SubjectPublicKeyInfo (RFC 7468 §13), with a line break at
// its end.
func (k Key) PEM() (string, error) {
	der, err := x509.MarshalPKIXPublicKey(k.Public)
	if err != nil {
		return "", fmt.Errorf("key %s: %w", k.ID, err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// Set is the keys of a document, in its order, and the document itself
// without white space.
type Set struct {
	Keys []Key
	JSON string
}

// Find returns the key with this id.
func (s *Set) Find(id string) (Key, bool) {
	for _, key := range s.Keys {
		if key.ID == id {
			return key, true
		}
	}
	return Key{}, false
}

// Parse reads a JWKS. Keys that cannot verify RS256 (another type, use or
// algorithm, or no id) are left out; an RSA key that is malformed or too small
// is an error, and so is a set without any key left.
func Parse(document []byte) (*Set, error) {
	if len(document) > maxDocument {
		return nil, fmt.Errorf("a key set of %d bytes is not believable", len(document))
	}
	var raw jwkset.JWKSMarshal
	if err := json.Unmarshal(document, &raw); err != nil {
		return nil, fmt.Errorf("not a JSON Web Key Set (RFC 7517): %w", err)
	}
	set := &Set{}
	for _, jwk := range raw.Keys {
		if !verifiesRS256(jwk) {
			continue
		}
		key, err := read(jwk)
		if err != nil {
			return nil, err
		}
		if _, twice := set.Find(key.ID); twice {
			return nil, fmt.Errorf("two keys have the kid %q", key.ID)
		}
		set.Keys = append(set.Keys, key)
	}
	if len(set.Keys) == 0 {
		return nil, errors.New("no RS256 key in the key set")
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, document); err != nil {
		return nil, fmt.Errorf("not a JSON Web Key Set (RFC 7517): %w", err)
	}
	set.JSON = compact.String()
	return set, nil
}

func verifiesRS256(jwk jwkset.JWKMarshal) bool {
	return jwk.KTY == jwkset.KtyRSA && jwk.KID != "" &&
		(jwk.USE == "" || jwk.USE == jwkset.UseSig) &&
		(jwk.ALG == "" || jwk.ALG == jwkset.AlgRS256)
}

func read(jwk jwkset.JWKMarshal) (Key, error) {
	// Only the modulus and the exponent count; nothing is looked up elsewhere.
	bare := jwkset.JWKMarshal{KTY: jwk.KTY, USE: jwk.USE, ALG: jwk.ALG, KID: jwk.KID, N: jwk.N, E: jwk.E}
	parsed, err := jwkset.NewJWKFromMarshal(bare, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
	if err != nil {
		return Key{}, fmt.Errorf("key %q: %w", jwk.KID, err)
	}
	public, ok := parsed.Key().(*rsa.PublicKey)
	if !ok {
		return Key{}, fmt.Errorf("key %q is no public RSA key", jwk.KID)
	}
	if public.N.BitLen() < minimumBits {
		return Key{}, fmt.Errorf("key %q has %d bits; RS256 needs %d (RFC 7518 §3.3)", jwk.KID, public.N.BitLen(), minimumBits)
	}
	return Key{ID: jwk.KID, Algorithm: "RS256", Use: "sig", N: jwk.N, E: jwk.E, Public: public}, nil
}
