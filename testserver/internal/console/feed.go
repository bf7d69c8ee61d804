package console

import (
	"context"
	"sync"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/requestid"
)

// kept is how many requests the feed remembers.
const kept = 500

// Entry is a token request as the feed remembers it.
type Entry struct {
	oauth.Event
	// Number counts the requests of the feed, from 1.
	Number uint64
	// RequestID is the X-Request-Id of its response.
	RequestID string
}

// Feed remembers the last token requests and lets others wait for more. It is
// safe for concurrent use. A nil Feed remembers nothing.
type Feed struct {
	mu sync.Mutex
	// epoch tells one feed from the next, after a restart or Clear.
	epoch            string
	ring             []Entry
	last             uint64
	granted, refused uint64
	// changed is closed at the next request; nil while no request waits.
	changed chan struct{}
}

// NewFeed returns an empty feed.
func NewFeed() *Feed { return &Feed{epoch: random.ID()} }

// Add is an oauth.Config's OnEvent.
func (f *Feed) Add(ctx context.Context, e oauth.Event) {
	if f == nil {
		return
	}
	entry := Entry{Event: e, RequestID: requestid.From(ctx)}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last++
	entry.Number = f.last
	if len(f.ring) < kept {
		f.ring = append(f.ring, entry)
	} else {
		f.ring[(f.last-1)%kept] = entry
	}
	if e.OK() {
		f.granted++
	} else {
		f.refused++
	}
	f.wake()
}

// Clear forgets everything.
func (f *Feed) Clear() {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.epoch, f.ring, f.last, f.granted, f.refused = random.ID(), nil, 0, 0, 0
	f.wake()
}

func (f *Feed) wake() {
	if f.changed != nil {
		close(f.changed)
		f.changed = nil
	}
}

// Snapshot is the feed at a moment.
type Snapshot struct {
	// Epoch is another one when numbers have begun anew.
	Epoch string
	// Entries are those asked for, the newest first.
	Entries []Entry
	// Last is the number of the newest request of all.
	Last uint64
	// Granted and Refused count since the feed began.
	Granted, Refused uint64
}

// Newest returns up to limit of the requests after that number which keep lets
// through.
func (f *Feed) Newest(after uint64, limit int, keep func(Entry) bool) Snapshot {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := Snapshot{Epoch: f.epoch, Last: f.last, Granted: f.granted, Refused: f.refused}
	oldest := f.last - uint64(len(f.ring))
	for n := f.last; n > max(after, oldest) && len(s.Entries) < limit; n-- {
		if e := f.ring[(n-1)%kept]; keep(e) {
			s.Entries = append(s.Entries, e)
		}
	}
	return s
}

// Changed returns a channel that is closed when there is a request after that
// number of that epoch; at once, where there is one already.
func (f *Feed) Changed(epoch string, after uint64) <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.epoch != epoch || f.last != after {
		now := make(chan struct{})
		close(now)
		return now
	}
	if f.changed == nil {
		f.changed = make(chan struct{})
	}
	return f.changed
}
