// Package password hashes the passwords of users with argon2id (RFC 9106) and
// verifies them. It bounds how many run at once: each takes the memory that its
// parameters say. It knows neither users nor the rules for a password.
package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// Params are argon2id's parameters. They stand in each hash, so that changing
// them leaves older hashes valid.
type Params struct {
	// Memory is in KiB.
	Memory uint32
	// Time is the number of passes.
	Time uint32
	// Threads is the degree of parallelism.
	Threads uint8
}

// Standard is for servers: OWASP's first recommendation for argon2id (Password
// Storage Cheat Sheet), about 20 ms on one core.
func Standard() Params { return Params{Memory: 19 * 1024, Time: 2, Threads: 1} }

// Fast is for tests: well under a millisecond, and no protection.
func Fast() Params { return Params{Memory: 64, Time: 1, Threads: 1} }

const (
	saltLength = 16
	keyLength  = 32
	// maxMemory bounds what a stored hash can make the server allocate, in KiB.
	maxMemory = 1 << 20
)

// ErrMalformed says that a stored hash is none of this package.
var ErrMalformed = errors.New("malformed password hash")

// Hasher hashes and verifies. It is safe for concurrent use.
type Hasher struct {
	params Params
	slots  chan struct{}
	decoy  string
}

// New returns a hasher that runs at most as many at once as there are cores.
func New(p Params) *Hasher {
	h := &Hasher{params: p, slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
	h.decoy = encode(p, random(saltLength), random(keyLength))
	return h
}

// Hash returns the hash of a password in PHC string format
// ($argon2id$v=19$m=…,t=…,p=…$salt$key). A password is normalized to NFC, here and
// in Verify: keyboards differ in how they compose a letter. It waits for its turn and returns the
// context's error when that ends first.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := random(saltLength)
	key, err := h.derive(ctx, password, salt, h.params, keyLength)
	if err != nil {
		return "", err
	}
	return encode(h.params, salt, key), nil
}

// Verify tells whether password is the one that hash was made of. An empty
// hash, of a user without a password, is never matched and takes as long as
// any other, so that timing does not tell. The error is the context's, or
// ErrMalformed.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (bool, error) {
	exists := hash != ""
	if !exists {
		hash = h.decoy
	}
	p, salt, want, err := parse(hash)
	if err != nil {
		return false, err
	}
	got, err := h.derive(ctx, password, salt, p, uint32(len(want)))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && exists, nil
}

func (h *Hasher) derive(ctx context.Context, password string, salt []byte, p Params, length uint32) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(validation.NFC(password)), salt, p.Time, p.Memory, p.Threads, length), nil
}

func encode(p Params, salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		p.Memory, p.Time, p.Threads, b64.EncodeToString(salt), b64.EncodeToString(key))
}

func parse(hash string) (p Params, salt, key []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, ErrMalformed
	}
	n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.Memory, &p.Time, &p.Threads)
	if err != nil || n != 3 || p.Memory == 0 || p.Memory > maxMemory || p.Time == 0 || p.Time > 100 || p.Threads == 0 {
		return p, nil, nil, ErrMalformed
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil || len(salt) == 0 {
		return p, nil, nil, ErrMalformed
	}
	if key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(key) < 16 || len(key) > 64 {
		return p, nil, nil, ErrMalformed
	}
	return p, salt, key, nil
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand crashes the program instead
	return b
}
