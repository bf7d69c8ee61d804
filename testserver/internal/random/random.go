// Package random makes the identifiers and secrets of the reference server in
// the shapes that ATM's documentation shows (user-credentials page; guide:
// applications). It reads crypto/rand and knows nothing of what the values are
// used for.
package random

import (
	"crypto/rand"
	"encoding/base64"
)

const (
	alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	urlSafe       = alphanumerics + "-_"
)

// Lengths of what the package makes, in characters.
const (
	IDLength           = 21
	ClientIDLength     = 20
	ClientSecretLength = 32
	CodeLength         = 50
)

// ID returns the id of an object: 21 characters of the URL-safe alphabet
// (A-Z, a-z, 0-9, - and _), 126 bits.
func ID() string { return pick(urlSafe, IDLength) }

// ClientID returns a client id: 20 letters and digits.
func ClientID() string { return pick(alphanumerics, ClientIDLength) }

// ClientSecret returns a client secret: 32 letters and digits, 190 bits.
func ClientSecret() string { return pick(alphanumerics, ClientSecretLength) }

// Code returns an authorization code: 50 letters and digits, 297 bits.
func Code() string { return pick(alphanumerics, CodeLength) }

// ETag returns an entity tag as it is in header and body: quotes included (RFC
// 9110 §8.8.3), 18 characters of the URL-safe alphabet between them.
func ETag() string { return `"` + pick(urlSafe, 18) + `"` }

// Key returns n random bytes.
func Key(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand crashes the program instead
	return b
}

// Token returns n random bytes in unpadded base64url, for opaque tokens.
func Token(n int) string { return base64.RawURLEncoding.EncodeToString(Key(n)) }

// pick draws n letters of an alphabet of at most 64, each equally likely:
// six bits are drawn and those beyond the alphabet are drawn again.
func pick(alphabet string, n int) string {
	out := make([]byte, 0, n)
	pool := make([]byte, n+n/4)
	for {
		_, _ = rand.Read(pool)
		for _, b := range pool {
			if i := int(b & 63); i < len(alphabet) {
				if out = append(out, alphabet[i]); len(out) == n {
					return string(out)
				}
			}
		}
	}
}
