// Package jwkset reads ATM's public signing keys (RFC 7517).
//
// It fetches nothing, and must know neither Terraform nor where a JWKS comes
// from.
package jwkset

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/tci-pf/terraform-provider-atm/internal/strictjson"
)

// Set is the set of public keys that ATM publishes (RFC 7517).
type Set struct {
	// Keys are those that can verify an access token, ordered by their id: RSA
	// of 2,048 bits and more, for signatures, for RS256, with an id.
	Keys []Key
	// Document is the whole set as JSON, other kinds of keys included, in one
	// spelling: keys ordered by their id, members as RFC 8785 orders them.
	Document string
}

// Key is one key of a [Set].
type Key struct {
	// ID is the kid by which a token names the key.
	ID string
	// Modulus and Exponent are n and e (RFC 7518 §6.3.1): base64url, big-endian.
	Modulus, Exponent string
	// RSA is the key itself.
	RSA *rsa.PublicKey
}

// The algorithm and the use of every [Key].
const (
	Algorithm = "RS256"
	Use       = "sig"
)

// Find returns the key of that id, nil where there is none.
func (s *Set) Find(id string) *Key {
	for i := range s.Keys {
		if s.Keys[i].ID == id {
			return &s.Keys[i]
		}
	}
	return nil
}

// maxIDs is how many key ids a message names: a published set may have
// thousands.
const maxIDs = 5

// IDs lists the ids of the keys for a message: the first of them, and how many
// more there are.
func (s *Set) IDs() string {
	ids := make([]string, 0, maxIDs)
	for _, key := range s.Keys[:min(len(s.Keys), maxIDs)] {
		ids = append(ids, shorten(key.ID))
	}
	text := strings.Join(ids, ", ")
	if more := len(s.Keys) - maxIDs; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// shorten cuts a text of the document for a message.
func shorten(text string) string {
	const most = 64
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// PEM is the key as PKIX in PEM form (RFC 7468 §13), as most gateways take it.
func (k *Key) PEM() (string, error) {
	der, err := x509.MarshalPKIXPublicKey(k.RSA)
	if err != nil {
		return "", fmt.Errorf("writing key %s in PEM form: %w", shorten(k.ID), err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

const (
	maxDocument  = 1 << 20
	maxDepth     = 8
	leastRSABits = 2048
	mostRSABits  = 16384
)

// privateMembers hold a private key or a shared secret (RFC 7518 §6).
var privateMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// Parse reads a JSON Web Key Set. Keys of other kinds are left out of
// [Set.Keys], as RFC 7517 §5 asks; an error is a document that is no JWKS, has
// no key left, publishes a private key, or has two keys of one id.
func Parse(document []byte) (*Set, error) {
	if len(document) > maxDocument {
		return nil, fmt.Errorf("the JWKS is larger than %d KiB", maxDocument>>10)
	}
	object, err := strictjson.Object(document, maxDepth)
	if err != nil {
		return nil, fmt.Errorf("the JWKS cannot be parsed: %w", err)
	}
	list, ok := object["keys"].([]any)
	if !ok {
		return nil, errors.New(`the JWKS has no list "keys" (RFC 7517)`)
	}
	members := make([]map[string]any, len(list))
	for i, item := range list {
		if members[i], ok = item.(map[string]any); !ok {
			return nil, fmt.Errorf("key %d of the JWKS is not a JSON object", i)
		}
	}
	slices.SortStableFunc(members, func(a, b map[string]any) int { return strings.Compare(text(a, "kid"), text(b, "kid")) })

	set := &Set{}
	for _, member := range members {
		for _, name := range privateMembers {
			if _, private := member[name]; private {
				return nil, fmt.Errorf("the JWKS publishes the secret part of key %q: anyone who reads it can sign tokens. "+
					"Remove it and rotate the signing key", shorten(text(member, "kid")))
			}
		}
		key, ok := read(member)
		if !ok {
			continue
		}
		if set.Find(key.ID) != nil {
			return nil, fmt.Errorf("the JWKS has two keys with the id %q", shorten(key.ID))
		}
		set.Keys = append(set.Keys, key)
	}
	if len(set.Keys) == 0 {
		return nil, errors.New("the JWKS contains no key that can verify an access token (RSA, RS256, 2,048 bits or more, with a kid)")
	}
	set.Document, err = canonical(members)
	return set, err
}

func text(member map[string]any, name string) string {
	value, _ := member[name].(string)
	return value
}

// read reads one member; false is a key that does not verify access tokens.
func read(member map[string]any) (Key, bool) {
	key := Key{ID: text(member, "kid"), Modulus: text(member, "n"), Exponent: text(member, "e")}
	if !IsKeyID(key.ID) || text(member, "kty") != "RSA" || !eitherOr(member, "alg", Algorithm) || !eitherOr(member, "use", Use) {
		return key, false
	}
	if operations, given := member["key_ops"]; given {
		list, _ := operations.([]any)
		if !slices.Contains(list, any("verify")) {
			return key, false
		}
	}
	// No x5u and no x5c go in: a key is what n and e say.
	bare, err := json.Marshal(map[string]string{"kty": "RSA", "n": key.Modulus, "e": key.Exponent})
	if err != nil {
		return key, false
	}
	var parsed jose.JSONWebKey
	if err := parsed.UnmarshalJSON(bare); err != nil {
		return key, false
	}
	key.RSA, _ = parsed.Key.(*rsa.PublicKey)
	if key.RSA == nil || key.RSA.E < 3 || key.RSA.E%2 == 0 {
		return key, false
	}
	bits := key.RSA.N.BitLen()
	return key, bits >= leastRSABits && bits <= mostRSABits
}

// IsKeyID reports whether text may be the id of a signing key: printable ASCII
// without what would make it a path or a URL.
func IsKeyID(text string) bool {
	if text == "" || len(text) > 256 || strings.Contains(text, "..") {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`/\%?#"'<>&;|$`+"`", r) })
}

func eitherOr(member map[string]any, name, want string) bool {
	value, given := member[name]
	return !given || value == want
}

func canonical(keys []map[string]any) (string, error) {
	encoded, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		return "", fmt.Errorf("writing the JWKS: %w", err)
	}
	document, err := strictjson.Canonical(encoded)
	if err != nil {
		return "", fmt.Errorf("writing the JWKS: %w", err)
	}
	return string(document), nil
}
