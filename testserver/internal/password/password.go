// Package password hashes the passwords of users with argon2id (RFC 9106) and
// verifies them. It bounds how many run at once: each takes the memory that its
// parameters say. It knows neither users nor the rules for a password.
package password

import (
	"context"
	"errors"
	"runtime"

	"github.com/alexedwards/argon2id"
	"golang.org/x/sync/semaphore"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// Params are argon2id's parameters. Each hash contains its own, so that changing
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

// maxMemory and maxTime bound what a stored hash can make the server do: in KiB,
// and in passes.
const (
	maxMemory = 1 << 20
	maxTime   = 100
)

// ErrMalformed says that a stored hash is none of this package.
var ErrMalformed = errors.New("malformed password hash")

// Hasher hashes and verifies. It is safe for concurrent use.
type Hasher struct {
	params argon2id.Params
	slots  *semaphore.Weighted
	decoy  string
}

// New returns a hasher that runs at most as many at once as there are cores.
func New(p Params) *Hasher {
	h := &Hasher{
		params: argon2id.Params{Memory: p.Memory, Iterations: p.Time, Parallelism: p.Threads, SaltLength: 16, KeyLength: 32},
		slots:  semaphore.NewWeighted(int64(runtime.GOMAXPROCS(0))),
	}
	h.decoy, _ = argon2id.CreateHash("", &h.params) // fails only with crypto/rand, which does not fail
	return h
}

// Hash returns the hash of a password in PHC string format
// ($argon2id$v=19$m=…,t=…,p=…$salt$key). A password is normalized to NFC, here and
// in Verify: keyboards differ in how they compose a letter. It waits for its turn
// and returns the context's error when that ends first.
func (h *Hasher) Hash(ctx context.Context, password string) (hash string, err error) {
	if err := h.slots.Acquire(ctx, 1); err != nil {
		return "", err
	}
	defer h.slots.Release(1)
	return argon2id.CreateHash(validation.NFC(password), &h.params)
}

// Verify reports whether password is the one that hash was made of. An empty
// hash, of a user without a password, is never matched and takes as long as any
// other, so that timing does not tell. The error is the context's, or
// ErrMalformed.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (bool, error) {
	exists := hash != ""
	if !exists {
		hash = h.decoy
	}
	if !isSound(hash) {
		return false, ErrMalformed
	}
	if err := h.slots.Acquire(ctx, 1); err != nil {
		return false, err
	}
	defer h.slots.Release(1)
	same, err := argon2id.ComparePasswordAndHash(validation.NFC(password), hash)
	return same && exists, err
}

// isSound reports whether a stored hash may be computed: the library takes any
// parameters, and panics without passes or threads.
func isSound(hash string) bool {
	p, _, _, err := argon2id.DecodeHash(hash)
	return err == nil && p.Memory > 0 && p.Memory <= maxMemory && p.Iterations > 0 && p.Iterations <= maxTime &&
		p.Parallelism > 0 && p.SaltLength > 0 && p.KeyLength >= 16 && p.KeyLength <= 64
}
