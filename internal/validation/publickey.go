package validation

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// Bits of RSA keys that verify assertions: fewer are too weak, more take too
// long.
const (
	MinRSABits = 2048
	MaxRSABits = 8192
)

// PublicKey reads a public key in PEM (RFC 7468 §13): RSA with 2,048 to 8,192
// bits, P-256 or Ed25519. Errors repeat nothing of it.
func PublicKey(text string) (crypto.PublicKey, error) {
	if len(text) > MaxPublicKeyPEM {
		return nil, fmt.Errorf("must have at most %d characters", MaxPublicKeyPEM)
	}
	if strings.Contains(text, "PRIVATE KEY") {
		return nil, errors.New("must be a public key, and is a private one: make another key, since this one was sent")
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "PUBLIC KEY" || strings.TrimSpace(string(rest)) != "" ||
		!strings.HasPrefix(strings.TrimSpace(text), "-----BEGIN") {
		return nil, errors.New("must be one public key in PEM, from BEGIN PUBLIC KEY to END PUBLIC KEY")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, errors.New("must be a public key in PEM whose content can be read")
	}
	return key, VerificationKey(key)
}

// VerificationKey judges whether a key may verify assertions.
func VerificationKey(key crypto.PublicKey) error {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits < MinRSABits || bits > MaxRSABits {
			return fmt.Errorf("must have between %d and %d bits", MinRSABits, MaxRSABits)
		}
		return nil
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return nil
		}
	case ed25519.PublicKey:
		return nil
	}
	return errors.New("must be an RSA, P-256 or Ed25519 key")
}
