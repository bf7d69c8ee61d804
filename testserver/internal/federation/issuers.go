package federation

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/sync/singleflight"

	"github.com/tci-pf/terraform-provider-atm/internal/strictjson"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// Bounds of what is read from issuers.
const (
	// fetchTime is how long all fetches for one assertion may take.
	fetchTime = 5 * time.Second
	// retryAfter is how long a URL is left in peace after a fetch, also one that
	// failed, and the least time that a response is kept.
	retryAfter = time.Minute
	// longestKept is the most time that a response is kept as fresh.
	longestKept = 24 * time.Hour
	// staleTime is how long a response is used after that while fetches fail.
	staleTime = time.Hour
	// documents is how many responses are kept.
	documents = 2000
)

// Issuers reads the keys of issuers and keeps them by the URL that they came
// from: one application's `jwksUri` has no effect on another one's. It is safe for
// concurrent use.
type Issuers struct {
	client       *http.Client
	clock        clock.Clock
	allowPrivate bool

	mu      sync.Mutex
	kept    *simplelru.LRU[string, *document]
	flights singleflight.Group
}

// NewIssuers returns a reader that has read nothing. allowPrivate is Policy's.
func NewIssuers(c clock.Clock, allowPrivate bool) *Issuers {
	kept, err := simplelru.NewLRU[string, *document](documents, nil)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return &Issuers{client: newClient(allowPrivate), clock: c, allowPrivate: allowPrivate, kept: kept}
}

// Close closes idle connections.
func (i *Issuers) Close() { i.client.CloseIdleConnections() }

// metadata is an issuer's (OpenID Connect Discovery §4.2).
type metadata struct {
	Issuer  string `json:"issuer"`
	JWKSURI string `json:"jwks_uri"`
}

// reader reads a kind of document. The kind is part of what a document is kept
// by, so that a URL that is used for both is fetched for each.
type reader struct {
	kind  string
	parse func([]byte) (any, error)
}

var (
	metadataReader = reader{"metadata ", metadataOf}
	keysReader     = reader{"keys ", func(data []byte) (any, error) { return keysOf(data) }}
)

func metadataOf(data []byte) (any, error) {
	var m metadata
	err := strictjson.Unmarshal(data, &m)
	return m, err
}

// keys returns the keys of a federated credential's issuer. They are read again
// where none of those that are kept is wanted.
func (i *Issuers) keys(ctx context.Context, c store.FederatedCredential, wanted func([]key) bool) ([]key, *Refusal) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	from := c.JWKSURI
	if from == "" {
		const path = "/.well-known/openid-configuration" // of OpenID Connect Discovery §4
		found, refusal := i.read(ctx, strings.TrimSuffix(c.Issuer, "/")+path, metadataReader, false)
		if refusal != nil {
			return nil, refusal
		}
		m := found.(metadata)
		if m.Issuer != c.Issuer {
			return nil, refuse(FaultDiscovery)
		}
		from = m.JWKSURI
	}
	found, refusal := i.read(ctx, from, keysReader, false)
	if refusal != nil {
		return nil, refusal
	}
	if keys := found.([]key); wanted(keys) {
		return keys, nil
	}
	if found, refusal = i.read(ctx, from, keysReader, true); refusal != nil {
		return nil, refusal
	}
	return found.([]key), nil
}

// document is what a URL responded.
type document struct {
	value      any // nil: nothing yet
	freshUntil time.Time
	triedAt    time.Time
	refusal    *Refusal // of the last fetch, nil where it succeeded
}

// read returns a URL's document, from memory while it is fresh unless again is
// set. A URL is fetched once a minute at most, and once for all who wait.
func (i *Issuers) read(ctx context.Context, from string, as reader, again bool) (any, *Refusal) {
	name := as.kind + from
	if value, refusal, ok := i.recall(name, again); ok {
		return value, refusal
	}
	// The fetch goes on for the others where this request is canceled.
	deadline, _ := ctx.Deadline()
	flight := i.flights.DoChan(name, func() (any, error) {
		if _, _, ok := i.recall(name, again); ok {
			return nil, nil // another one was faster
		}
		started := i.clock.Now()
		fetching, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
		defer cancel()
		got, refusal := i.fetch(fetching, from, as.parse)
		i.remember(name, started, got, refusal)
		return nil, nil
	})
	select {
	case <-flight:
	case <-ctx.Done():
		return nil, &Refusal{Fault: FaultKeysUnreachable, RetryAfter: retryAfter}
	}
	value, refusal, _ := i.recall(name, false)
	return value, refusal
}

// recall returns what is known of a document, and whether that is enough: it is
// fresh, or was fetched less than a minute ago.
func (i *Issuers) recall(name string, again bool) (any, *Refusal, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	d, known := i.kept.Get(name)
	if !known {
		return nil, &Refusal{Fault: FaultKeysUnreachable, RetryAfter: retryAfter}, false
	}
	now := i.clock.Now()
	next := d.triedAt.Add(retryAfter)
	tried := now.Before(next) && !now.Before(d.triedAt)
	enough := tried || !again && d.value != nil && now.Before(d.freshUntil)
	if d.value != nil && now.Before(d.freshUntil.Add(staleTime)) {
		return d.value, nil, enough
	}
	refusal := refuse(FaultKeysUnreachable)
	if d.refusal != nil {
		refusal.Fault = d.refusal.Fault
	}
	if refusal.Fault == FaultKeysUnreachable {
		refusal.RetryAfter = max(next.Sub(now), time.Second)
	}
	return nil, refusal, enough
}

func (i *Issuers) remember(name string, started time.Time, got fetched, refusal *Refusal) {
	i.mu.Lock()
	defer i.mu.Unlock()
	d, known := i.kept.Get(name)
	if !known {
		d = &document{}
		i.kept.Add(name, d)
	}
	d.triedAt, d.refusal = started, refusal
	if refusal == nil {
		d.value, d.freshUntil = got.value, started.Add(min(max(got.fresh, retryAfter), longestKept))
	}
}
