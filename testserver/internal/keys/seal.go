package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
)

// ErrMasterKey is returned by Open where the stored keys are encrypted and the
// master key does not open them, or none was given.
var ErrMasterKey = errors.New("the master key cannot decrypt the stored keys")

// masterKeyBytes is the size of an AES-256 key.
const masterKeyBytes = 32

// MasterKey encrypts private keys at rest (AES-256-GCM, NIST SP 800-38D).
type MasterKey struct{ aead cipher.AEAD }

// ParseMasterKey reads a master key of 32 bytes, in base64 (any of the usual
// alphabets, padded or not) or in hexadecimal. Its errors do not quote it.
func ParseMasterKey(text string) (*MasterKey, error) {
	text = strings.TrimSpace(text)
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != masterKeyBytes {
		plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
		raw, err = base64.RawStdEncoding.DecodeString(plain)
	}
	if err != nil || len(raw) != masterKeyBytes {
		return nil, errors.New("the master key must be 32 random bytes in base64 or hexadecimal, for example the output of `openssl rand -base64 32`")
	}
	return NewMasterKey(raw)
}

// NewMasterKey makes a master key of 32 bytes.
func NewMasterKey(raw []byte) (*MasterKey, error) {
	if len(raw) != masterKeyBytes {
		return nil, fmt.Errorf("a master key has %d bytes, not %d", masterKeyBytes, len(raw))
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	return &MasterKey{aead: aead}, nil
}

// seal encrypts a secret under its name, so that one stored value cannot be
// put in another's place. The nonce comes first.
func (m *MasterKey) seal(name string, secret []byte) []byte {
	nonce := random.Key(m.aead.NonceSize())
	return m.aead.Seal(nonce, nonce, secret, []byte(name))
}

func (m *MasterKey) open(name string, sealed []byte) ([]byte, error) {
	if m == nil {
		return nil, fmt.Errorf("%w: none was given, but they are encrypted", ErrMasterKey)
	}
	size := m.aead.NonceSize()
	if len(sealed) < size {
		return nil, fmt.Errorf("%w: %s is damaged", ErrMasterKey, name)
	}
	secret, err := m.aead.Open(nil, sealed[:size], sealed[size:], []byte(name))
	if err != nil {
		return nil, fmt.Errorf("%w: they were encrypted with another master key", ErrMasterKey)
	}
	return secret, nil
}
