// Package base64url decodes unpadded base64url (RFC 4648 §5) so that each value
// has exactly one spelling. Cursors, tokens and cookies use it.
package base64url

import (
	"encoding/base64"
	"strings"
)

var strict = base64.RawURLEncoding.Strict()

// Encode returns the base64url text of raw, without padding.
func Encode(raw []byte) string { return strict.EncodeToString(raw) }

// Decode returns the bytes of an unpadded base64url text. It refuses text with
// bits after the last byte (RFC 4648 §3.5), padding, and line breaks, which
// encoding/base64 skips even in strict mode (RFC 4648 §3.1 forbids them).
func Decode(text string) ([]byte, error) {
	if i := strings.IndexAny(text, "\r\n"); i >= 0 {
		return nil, base64.CorruptInputError(i)
	}
	return strict.DecodeString(text)
}
