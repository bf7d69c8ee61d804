package keys

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// Status is what a key is there for.
type Status string

// The statuses of a key, in the order of its life.
const (
	Next    Status = "next"
	Current Status = "current"
	Retired Status = "retired"
)

// Info describes a key of the manager, without its private part.
type Info struct {
	ID        string
	Status    Status
	CreatedAt time.Time
	// ActivatesAt is when the key became or becomes the current one, zero
	// where that has no date.
	ActivatesAt time.Time
	// RetiredAt is when its successor became the current one, zero before.
	RetiredAt time.Time
	// ExpiresAt is when a retired key leaves the JWKS, zero for the others.
	ExpiresAt time.Time
	// Published reports whether the key is in the JWKS now. Retired keys stay
	// known beyond that while a token family needs them.
	Published bool
	// JWK is the public part.
	JWK JWK
}

// Keys returns the keys of the store, in the order of their creation.
func (r *Manager) Keys(ctx context.Context) ([]Info, error) {
	if err := r.lock(ctx); err != nil {
		return nil, err
	}
	defer r.unlock()
	if err := r.ensureNext(ctx); err != nil {
		return nil, fmt.Errorf("list the signing keys: %w", err)
	}
	if err := r.refresh(ctx); err != nil {
		return nil, fmt.Errorf("list the signing keys: %w", err)
	}
	s, now := r.at(), r.config.Clock.Now()
	infos := make([]Info, len(s.keys))
	for i, k := range s.keys {
		infos[i] = s.info(k, now)
	}
	return infos, nil
}

func (s *state) info(k placedKey, now time.Time) Info {
	info := Info{
		ID: k.key.ID, Status: s.status(k, now), CreatedAt: k.row.CreatedAt, ActivatesAt: k.row.ActivatesAt,
		Published: s.published(k, now), JWK: k.jwk,
	}
	if info.Status == Retired {
		info.RetiredAt = k.row.RetiredAt
		info.ExpiresAt = k.row.RetiredAt // signed nothing since anyone looked
		if until := k.until.Load(); until > 0 {
			info.ExpiresAt = time.UnixMicro(until).UTC()
		}
	}
	return info
}

// Rotate makes the next key the current one: at once when it has been
// published for as long as verifiers may cache the JWKS (or the manager is
// Immediate), else as soon as it has. It returns that key, whose ActivatesAt
// tells when; while an activation is pending, the pending key.
func (r *Manager) Rotate(ctx context.Context) (Info, error) {
	if err := r.lock(ctx); err != nil {
		return Info{}, err
	}
	defer r.unlock()
	if err := r.refresh(ctx); err != nil {
		return Info{}, fmt.Errorf("rotate the signing key: %w", err)
	}
	info, err := r.rotate(ctx)
	if err != nil {
		return Info{}, fmt.Errorf("rotate the signing key: %w", err)
	}
	return info, nil
}

// rotate does what Rotate says. The caller holds the lock.
func (r *Manager) rotate(ctx context.Context) (Info, error) {
	if err := r.ensureNext(ctx); err != nil {
		return Info{}, err
	}
	s, now := r.at(), r.config.Clock.Now()
	chosen := s.next
	if s.pending != nil {
		chosen = s.pending
		if !r.config.Immediate {
			return s.info(*chosen, now), nil
		}
	}
	if err := r.activate(ctx, chosen, r.earliest(chosen, now)); err != nil {
		return Info{}, err
	}
	if err := r.refresh(ctx); err != nil {
		return Info{}, err
	}
	s, now = r.at(), r.config.Clock.Now()
	for _, k := range s.keys {
		if k.key.ID == chosen.key.ID {
			return s.info(k, now), nil
		}
	}
	return Info{}, fmt.Errorf("key %s is gone", chosen.key.ID)
}

// earliest is when a published key may begin to sign.
func (r *Manager) earliest(k *placedKey, now time.Time) time.Time {
	if r.config.Immediate {
		return now
	}
	seen := k.row.PublishedAt.Add(r.config.MaxAge)
	if r.config.Replicas {
		// A verifier may have asked a replica that had not seen it yet.
		seen = seen.Add(2 * pollEvery)
	}
	if seen.After(now) {
		return seen
	}
	return now
}

// activate sets a key's moment and adds the key after it, once, however many
// replicas come to it. The caller holds the lock.
func (r *Manager) activate(ctx context.Context, k *placedKey, at time.Time) error {
	key, err := r.newKey(ctx)
	if err != nil {
		return err
	}
	following, err := r.row(key, r.config.Clock.Now())
	if err != nil {
		return err
	}
	return r.config.Store.Write(ctx, func(tx *store.Tx) error {
		first, err := tx.ScheduleSigningKey(k.key.ID, at, r.config.Immediate)
		if err != nil || !first {
			return err
		}
		_, err = tx.AddSigningKey(following)
		return err
	})
}

// ensureNext adds a next key where there is none. The caller holds the lock.
func (r *Manager) ensureNext(ctx context.Context) error {
	if r.at().next != nil {
		return nil
	}
	key, err := r.newKey(ctx)
	if err != nil {
		return err
	}
	row, err := r.row(key, r.config.Clock.Now())
	if err != nil {
		return err
	}
	err = r.config.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.AddSigningKey(row)
		return err
	})
	if err != nil {
		return fmt.Errorf("add a next signing key: %w", err)
	}
	return r.refresh(ctx)
}

// Maintain reads what other replicas did, adds a next key where there is none,
// deletes the private parts of keys that do not sign any more, and rotates
// when that is due. The manager does it automatically every few seconds of the
// machine's time.
func (r *Manager) Maintain(ctx context.Context) error {
	if err := r.lock(ctx); err != nil {
		return err
	}
	defer r.unlock()
	if err := r.refresh(ctx); err != nil {
		return fmt.Errorf("read the signing keys: %w", err)
	}
	if err := r.ensureNext(ctx); err != nil {
		return err
	}
	if err := r.forgetPrivate(ctx); err != nil {
		return err
	}
	if !r.at().due {
		return nil
	}
	if _, err := r.rotate(ctx); err != nil {
		return fmt.Errorf("scheduled rotation of the signing key: %w", err)
	}
	return nil
}

// forgetPrivate deletes the private parts of retired keys, once no replica can
// sign with them any more. The caller holds the lock.
func (r *Manager) forgetPrivate(ctx context.Context) error {
	s, until := r.at(), r.config.Clock.Now().Add(-lag)
	kept := func(k placedKey) bool {
		return k.row.PrivateKey != nil && !k.row.RetiredAt.IsZero() && !k.row.RetiredAt.After(until)
	}
	if !slices.ContainsFunc(s.keys, kept) {
		return nil
	}
	if err := r.config.Store.Direct(ctx).ForgetPrivateKeys(until); err != nil {
		return err
	}
	for _, k := range s.keys {
		if kept(k) {
			delete(r.entries, k.key.ID) // decoded anew, without its private part
		}
	}
	return r.refresh(ctx)
}

// Sweep deletes retired keys that nothing needs any more. The manager does it
// automatically every few minutes of the machine's time.
func (r *Manager) Sweep(ctx context.Context) error {
	if _, err := r.config.Store.Direct(ctx).DeleteSpentSigningKeys(r.config.Clock.Now(), lag); err != nil {
		return err
	}
	return r.Maintain(ctx)
}

func (r *Manager) wake() {
	select {
	case r.kick <- struct{}{}:
	default: // it is awake
	}
}

func (r *Manager) lookAfter(ctx context.Context) {
	poll, sweep := time.NewTicker(pollEvery), time.NewTicker(sweepEvery)
	defer poll.Stop()
	defer sweep.Stop()
	work := r.Maintain
	for {
		if err := work(ctx); err != nil && ctx.Err() == nil {
			r.logger.ErrorContext(ctx, "signing keys", "error", err)
		}
		work = r.Maintain
		select {
		case <-poll.C:
		case <-r.kick:
		case <-sweep.C:
			work = r.Sweep
		case <-ctx.Done():
			return
		}
	}
}
