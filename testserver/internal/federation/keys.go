package federation

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/internal/strictjson"
	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// Algorithms are the signature algorithms (`alg`) of assertions.
func Algorithms() []string { return []string{"RS256", "PS256", "ES256", "EdDSA"} }

// key verifies assertions.
type key struct {
	id        string // `kid`, empty: none
	algorithm string // the only one that it is for, empty: any that fits
	public    crypto.PublicKey
	own       store.PublicKey // where it is one
}

// fits reports whether the key is for a token's algorithm.
func (k key) fits(algorithm string) bool {
	if k.algorithm != "" && k.algorithm != algorithm {
		return false
	}
	var ok bool
	switch algorithm {
	case "RS256", "PS256":
		_, ok = k.public.(*rsa.PublicKey)
	case "ES256":
		_, ok = k.public.(*ecdsa.PublicKey) // on P-256: no other is read
	case "EdDSA":
		_, ok = k.public.(ed25519.PublicKey)
	}
	return ok
}

// candidates are the keys that may have signed a token: those of its `kid`, or
// without that the only one that fits.
func (t *token) candidates(keys []key) []key {
	var found []key
	for _, k := range keys {
		if k.fits(t.algorithm) && (t.kid == "" || k.id == t.kid) {
			found = append(found, k)
		}
	}
	if t.kid == "" && len(found) != 1 {
		return nil
	}
	return found
}

// verify returns the candidate that made the signature.
func (t *token) verify(candidates []key) (key, *Refusal) {
	if len(candidates) == 0 {
		return key{}, refuse(FaultKey)
	}
	method := jwt.GetSigningMethod(t.algorithm)
	for _, k := range candidates {
		if method.Verify(t.signed, t.signature, k.public) == nil {
			return k, nil
		}
	}
	return key{}, refuse(FaultSignature)
}

// maxKeys is how many keys an issuer may have.
const maxKeys = 100

var errTooManyKeys = errors.New("more than 100 keys")

// keysOf reads a JSON Web Key Set (RFC 7517 §5). Keys that no assertion can be
// verified with are skipped.
func keysOf(data []byte) ([]key, error) {
	var document struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := strictjson.Unmarshal(data, &document); err != nil {
		return nil, err
	}
	if len(document.Keys) > maxKeys {
		return nil, errTooManyKeys
	}
	keys := []key{}
	for _, raw := range document.Keys {
		var k jose.JSONWebKey
		if err := k.UnmarshalJSON(raw); err != nil || !k.IsPublic() || (k.Use != "" && k.Use != "sig") {
			continue
		}
		if validation.VerificationKey(k.Key) == nil {
			keys = append(keys, key{id: k.KeyID, algorithm: k.Algorithm, public: k.Key})
		}
	}
	return keys, nil
}

// ownKey reads a key of an application's own. One without kid fits a token with
// any.
func ownKey(k store.PublicKey, kid string) (key, bool) {
	public, err := validation.PublicKey(k.PEM)
	if k.KeyID != "" {
		kid = k.KeyID
	}
	return key{id: kid, public: public, own: k}, err == nil
}
