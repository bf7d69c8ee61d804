package atm

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// JWKS reads the published signing keys (RFC 7517) anew, past every cache on
// the way, and returns the document as it is.
func (c *Client) JWKS(ctx context.Context) ([]byte, error) {
	got, err := c.jwks(ctx)
	if err != nil {
		return nil, err
	}
	return got.body, nil
}

func (c *Client) jwks(ctx context.Context) (*response, error) {
	r := newRequest("read signing keys (JWKS)", http.MethodGet, "/auth/.well-known/jwks.json").withHeader("Cache-Control", "no-cache")
	r.anonymous = true
	r.accept = func(body []byte) error {
		_, err := decode[struct {
			Keys []any `json:"keys"` // RFC 7517 §5
		}](body)
		return err
	}
	got, _, err := c.send(ctx, r)
	return got, err
}

// mostCacheAge bounds how long a JWKS is kept, even if ATM allows more: a
// withdrawn key must not remain valid here.
const mostCacheAge = 5 * time.Minute

// unstatedCacheAge is how long a JWKS is kept when ATM says nothing.
const unstatedCacheAge = time.Minute

// keyCache keeps the JWKS as long as its Cache-Control allows, so that a plan
// with a hundred tokens asks for it once.
type keyCache struct {
	group singleflight.Group

	mu       sync.Mutex
	document []byte
	fetched  time.Time
	expires  time.Time
}

// SigningKeys returns the published JWKS: a cached one while its lifetime
// allows, or, when fresh is true, one that was requested after the call. It
// returns an error when it cannot fetch the JWKS.
func (c *Client) SigningKeys(ctx context.Context, fresh bool) ([]byte, error) {
	if fresh {
		return c.renewKeys(ctx)
	}
	if document := c.keys.current(c.now()); document != nil {
		return document, nil
	}
	return share(ctx, &c.keys.group, "", c.renewKeys)
}

func (c *Client) renewKeys(ctx context.Context) ([]byte, error) {
	asked := c.now()
	got, err := c.jwks(ctx)
	if err != nil {
		return nil, err
	}
	c.keys.keep(got.body, asked, cacheAge(got.header))
	return got.body, nil
}

func (k *keyCache) current(now time.Time) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.document == nil || now.Before(k.fetched) || !now.Before(k.expires) {
		return nil
	}
	return k.document
}

func (k *keyCache) keep(document []byte, at time.Time, age time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.document, k.fetched, k.expires = document, at, at.Add(age)
}

// cacheAge reads Cache-Control (RFC 9111 §5.2.2).
func cacheAge(header http.Header) time.Duration {
	age := unstatedCacheAge
	for _, directive := range strings.Split(strings.Join(header.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-cache", "no-store":
			return 0
		case "max-age":
			if seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31); err == nil {
				age = time.Duration(seconds) * time.Second
			}
		}
	}
	return min(age, mostCacheAge)
}
