package store

import "crypto/sha256"

// Hash is how client secrets, refresh tokens and codes are kept: their SHA-256.
// A slow hash would add nothing, since generated ones hold 190 bits or more.
func Hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
