package store

import (
	"fmt"
	"time"
)

// TakeLease takes, or prolongs, the right to be the only one to do a piece of
// work until then, and reports whether holder has it. A lease that ran out can
// be taken by anyone. One statement.
func (tx *Tx) TakeLease(name, holder string, until, now time.Time) (bool, error) {
	n, err := tx.exec(`INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
		WHERE leases.expires_at <= $4 OR leases.holder = excluded.holder`,
		name, holder, micros(until), micros(now))
	if err != nil {
		return false, fmt.Errorf("take the lease %s: %w", name, err)
	}
	return n == 1, nil
}

// ProbeWrite writes a row that means nothing, to tell whether the store can be
// written. One statement.
func (tx *Tx) ProbeWrite(now time.Time) error {
	_, err := tx.exec(`INSERT INTO leases (name, holder, expires_at) VALUES ('probe', '', $1)
		ON CONFLICT (name) DO UPDATE SET expires_at = excluded.expires_at`, micros(now))
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	return nil
}

// ReleaseLease gives a lease back where holder has it. One statement.
func (tx *Tx) ReleaseLease(name, holder string) error {
	if _, err := tx.exec("DELETE FROM leases WHERE name = $1 AND holder = $2", name, holder); err != nil {
		return fmt.Errorf("release the lease %s: %w", name, err)
	}
	return nil
}
