package page

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// MAC is HMAC-SHA256 (RFC 2104) of a value for one purpose, in base64url. The
// purpose must hold no zero byte.
func MAC(key []byte, purpose, value string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(purpose + "\x00" + value))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
