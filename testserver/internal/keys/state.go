package keys

import (
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// placedKey is a key with its times.
type placedKey struct {
	*entry
	row store.SigningKey
}

// state is the manager as it is from one moment to another, prepared for reading.
// It does not change.
type state struct {
	keys    []placedKey
	byID    map[string]*entry
	current placedKey
	// pending is the key whose activation is ahead; next the one that has no
	// date yet. Either may be absent.
	pending, next *placedKey
	immediate     bool
	// due reports whether the current key has signed for long enough; dueAt is
	// when it has, zero where keys are rotated only on demand.
	due   bool
	dueAt time.Time
	jwks  document
	// The state holds in [from, until); a zero time is an open end.
	from, until time.Time
}

// newState places keys, given in the order of their creation, in which they
// also come to sign, at a moment.
func newState(keys []placedKey, now time.Time, config *Config) *state {
	s := &state{keys: keys, byID: make(map[string]*entry, len(keys)), immediate: config.Immediate}
	for i, k := range keys {
		s.byID[k.key.ID] = k.entry
		at := k.row.ActivatesAt
		switch {
		case at.IsZero():
			s.next = &keys[i]
			continue
		case s.ahead(k, now) && s.current.entry != nil:
			s.pending = &keys[i]
		case k.key.private != nil:
			// The first one signs even where the clock says that it was not
			// made yet: something has to.
			s.current = k
		}
		s.changesAt(at, now)
	}
	if s.current.entry == nil {
		s.current = keys[len(keys)-1]
	}
	if config.RotateEvery > 0 {
		s.dueAt = s.current.row.ActivatesAt.Add(config.RotateEvery)
		s.due = s.pending == nil && !s.dueAt.After(now)
		s.changesAt(s.dueAt, now)
	}
	var published []JWK
	for _, k := range keys {
		if s.published(k, now) {
			published = append(published, k.jwk)
		}
		if until := k.until.Load(); until > 0 && s.status(k, now) == Retired {
			s.changesAt(time.UnixMicro(until), now)
		}
	}
	s.jwks = newDocument(published)
	return s
}

// ahead reports whether a key has yet to begin to sign. Immediate rotation has
// no such moment, so that a clock that tests set back undoes none.
func (s *state) ahead(k placedKey, now time.Time) bool {
	return k.row.ActivatesAt.IsZero() || (!s.immediate && k.row.ActivatesAt.After(now))
}

func (s *state) changesAt(at, now time.Time) {
	if at.After(now) {
		if s.until.IsZero() || at.Before(s.until) {
			s.until = at
		}
	} else if at.After(s.from) {
		s.from = at
	}
}

func (s *state) holds(now time.Time) bool {
	return !now.Before(s.from) && (s.until.IsZero() || now.Before(s.until))
}

func (s *state) status(k placedKey, now time.Time) Status {
	switch {
	case k.entry == s.current.entry:
		return Current
	case s.ahead(k, now):
		return Next
	}
	return Retired
}

// published reports whether a key is in the JWKS: until the last token that it
// signed has expired.
func (s *state) published(k placedKey, now time.Time) bool {
	return s.status(k, now) != Retired || k.until.Load() > now.UnixMicro()
}

// at returns the manager's state at the clock's time.
func (r *Manager) at() *state {
	s, now := r.state.Load(), r.config.Clock.Now()
	if s.holds(now) {
		return s
	}
	placed := newState(s.keys, now, &r.config)
	if r.state.CompareAndSwap(s, placed) && placed.due {
		r.wake()
	}
	return placed
}
