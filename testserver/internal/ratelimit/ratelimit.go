// Package ratelimit slows down guessing: it counts failures, and only
// failures, per client, grant and address, in this process. Right credentials
// are not a failure, however many wrong guesses others make. How many guesses at
// a password are evaluated, the store counts (store.GuessBudget).
//
// The package knows nothing of HTTP beyond what an address looks like.
package ratelimit

import (
	"hash/maphash"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
)

// Defaults of Config.
const (
	DefaultBurst    = 20
	DefaultEvery    = 3 * time.Second
	DefaultCapacity = 16384
)

// Config says how many failures are too many. Zero values are the defaults.
type Config struct {
	// Clock tells the time; nil is the machine's.
	Clock clock.Clock
	// Burst is how many failures one key has before it is limited.
	Burst int
	// Every is the time after which one more failure is allowed.
	Every time.Duration
	// Capacity is how many keys are remembered; beyond it, the one that failed
	// longest ago is forgotten.
	Capacity int
}

// Key is what failures are counted by.
type Key struct {
	// Client is the client id, or the email address of a sign-in, as it was
	// sent.
	Client string
	// Grant is the grant type, or another word for what was tried.
	Grant string
	// Address is the peer's, as Address returns it.
	Address string
}

// Limiter counts failures. It is safe for concurrent use. A nil Limiter never
// limits.
type Limiter struct {
	clock clock.Clock
	burst int
	limit rate.Limit
	// seed makes the keys' hashes unknowable, so that no client can aim at the
	// counter of another.
	seed maphash.Seed

	mu   sync.Mutex
	keys *simplelru.LRU[uint64, *rate.Limiter]
}

// New returns a limiter.
func New(config Config) *Limiter {
	if config.Clock == nil {
		config.Clock = clock.System()
	}
	if config.Burst <= 0 {
		config.Burst = DefaultBurst
	}
	if config.Every <= 0 {
		config.Every = DefaultEvery
	}
	if config.Capacity <= 0 {
		config.Capacity = DefaultCapacity
	}
	keys, err := simplelru.NewLRU[uint64, *rate.Limiter](config.Capacity, nil)
	if err != nil {
		panic(err) // only a capacity of zero or less fails
	}
	return &Limiter{
		clock: config.Clock, burst: config.Burst, limit: rate.Every(config.Every),
		seed: maphash.MakeSeed(), keys: keys,
	}
}

// Fail counts a failure. It reports whether there were too many, and then after
// how long one more is allowed (more than zero).
func (l *Limiter) Fail(key Key) (retryAfter time.Duration, limited bool) {
	if l == nil {
		return 0, false
	}
	now := l.clock.Now()
	bucket := l.bucket(maphash.Comparable(l.seed, key))
	reservation := bucket.ReserveN(now, 1)
	delay := reservation.DelayFrom(now)
	if delay <= 0 {
		return 0, false
	}
	reservation.CancelAt(now)
	return delay, true
}

// Exceeded reports whether the next failure would be one too many. It counts
// nothing.
func (l *Limiter) Exceeded(key Key) bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	bucket, known := l.keys.Get(maphash.Comparable(l.seed, key))
	l.mu.Unlock()
	return known && bucket.TokensAt(l.clock.Now()) < 1
}

// Reset forgets all failures.
func (l *Limiter) Reset() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys.Purge()
}

// Len returns how many keys are remembered.
func (l *Limiter) Len() int {
	if l == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.keys.Len()
}

func (l *Limiter) bucket(key uint64) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket, known := l.keys.Get(key)
	if !known {
		bucket = rate.NewLimiter(l.limit, l.burst)
		l.keys.Add(key, bucket)
	}
	return bucket
}

// Address returns the part of a peer's address (`host:port`) that its user
// cannot change at will: an IPv4 address, or the /64 of an IPv6 one.
func Address(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	address = address.Unmap().WithZone("")
	if address.Is4() {
		return address.String()
	}
	prefix, err := address.Prefix(64)
	if err != nil {
		return address.String()
	}
	return prefix.String()
}
