package store

import (
	"context"
	"fmt"
	"time"
)

// Sweep says how to remove what has expired.
type Sweep struct {
	// Holder names this replica, differently from all others.
	Holder string
	// Now is the time by which rows have expired.
	Now time.Time
	// Batch is the number of rows removed in one transaction, 500 when it is
	// 0, so that others need not wait long.
	Batch int
}

// Swept counts what a sweep removed.
type Swept struct {
	Families, Codes, IdempotencyRecords, ConsoleSessions, PasswordGuesses, Assertions int64
	// ElsewhereInProgress says that another replica is sweeping, and that
	// nothing was done.
	ElsewhereInProgress bool
}

const (
	sweepLease = "sweep"
	leaseTime  = time.Minute
)

// Sweep removes expired token families with their used tokens, codes,
// idempotency records, console sessions, password guesses and used assertions,
// in batches, while no other replica does. What it removed until an error stays
// removed. It leaves signing keys to the manager that holds them, which knows
// when one is spent.
func (s *Store) Sweep(ctx context.Context, o Sweep) (swept Swept, err error) {
	if o.Batch == 0 {
		o.Batch = 500
	}
	held, err := s.Direct(ctx).TakeLease(sweepLease, o.Holder, o.Now.Add(leaseTime), o.Now)
	if err != nil || !held {
		return Swept{ElsewhereInProgress: err == nil}, err
	}
	// Released on a context of its own: a sweep that is cancelled must not
	// keep the next one waiting.
	defer func() {
		release, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if e := s.Direct(release).ReleaseLease(sweepLease, o.Holder); err == nil {
			err = e
		}
	}()
	for _, step := range []struct {
		count  *int64
		delete func(*Tx, time.Time, int) (int64, error)
	}{
		{&swept.IdempotencyRecords, (*Tx).DeleteExpiredIdempotencyRecords},
		{&swept.Families, (*Tx).DeleteExpiredFamilies},
		{&swept.Codes, (*Tx).DeleteExpiredCodes},
		{&swept.ConsoleSessions, (*Tx).DeleteExpiredConsoleSessions},
		{&swept.PasswordGuesses, (*Tx).DeleteExpiredGuesses},
		{&swept.Assertions, (*Tx).DeleteExpiredAssertions},
	} {
		if *step.count, err = s.inBatches(ctx, o, step.delete); err != nil {
			return swept, fmt.Errorf("sweep: %w", err)
		}
	}
	return swept, nil
}

func (s *Store) inBatches(ctx context.Context, o Sweep, remove func(*Tx, time.Time, int) (int64, error)) (int64, error) {
	var total int64
	for {
		var n int64
		err := s.Write(ctx, func(tx *Tx) error {
			held, err := tx.TakeLease(sweepLease, o.Holder, o.Now.Add(leaseTime), o.Now)
			if err != nil || !held {
				return err
			}
			n, err = remove(tx, o.Now, o.Batch)
			return err
		})
		total += n
		if err != nil || n < int64(o.Batch) {
			return total, err
		}
	}
}
