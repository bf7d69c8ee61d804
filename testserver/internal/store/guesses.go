package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// GuessWindow is the time for which a guess at a password counts.
const GuessWindow = time.Hour

// GuessBudget is a number of guesses at passwords that may be made in any
// GuessWindow. Replicas share it.
type GuessBudget struct {
	// Account is the email address of the account, whether or not it exists.
	Account string
	// Device is the device that guesses, empty for all unknown devices.
	Device string
	// Most is how many guesses there may be, at most 1,000.
	Most int
}

// key names the budget's row. Addresses that name one account have one row.
func (b GuessBudget) key() []byte { return Hash(b.Device + "\x00" + validation.EmailKey(b.Account)) }

// errNoGuess undoes a transaction that reserves nothing.
var errNoGuess = errors.New("no guess is left")

// ReserveGuess counts a guess before it is evaluated. If the budget is used up,
// it reserves none and returns how long to wait for the next (more than zero).
func (s *Store) ReserveGuess(ctx context.Context, b GuessBudget, now time.Time) (wait time.Duration, err error) {
	// Most guesses of a flood end here, and take no lock.
	if wait, err = s.guessWait(ctx, b, now); err != nil || wait > 0 {
		return wait, err
	}
	err = s.Write(ctx, func(tx *Tx) error {
		times, err := tx.lockGuesses(b, now)
		if err != nil {
			return err
		}
		if wait = times.wait(b.Most, now); wait > 0 {
			return errNoGuess
		}
		return tx.setGuesses(b, append(times, micros(now)))
	})
	if errors.Is(err, errNoGuess) {
		return wait, nil
	}
	return 0, err
}

// ReturnGuess takes back a guess that was reserved at that time: it was the
// right password, or it was not evaluated.
func (s *Store) ReturnGuess(ctx context.Context, b GuessBudget, reserved, now time.Time) error {
	return s.Write(ctx, func(tx *Tx) error {
		times, err := tx.lockGuesses(b, now)
		if err != nil {
			return err
		}
		return tx.setGuesses(b, times.without(micros(reserved)))
	})
}

func (s *Store) guessWait(ctx context.Context, b GuessBudget, now time.Time) (time.Duration, error) {
	raw, err := selectOne(s.Direct(ctx), scanValue[[]byte], `SELECT guessed_at FROM password_guesses WHERE budget = $1`, b.key())
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the password guesses: %w", err)
	}
	return decodeGuesses(raw, now).wait(b.Most, now), nil
}

// lockGuesses returns the guesses that count, and keeps others from changing
// them until the transaction ends.
func (tx *Tx) lockGuesses(b GuessBudget, now time.Time) (guesses, error) {
	if err := tx.inWrite(); err != nil {
		return nil, err
	}
	raw, err := changeOne(tx, scanValue[[]byte], `INSERT INTO password_guesses (budget, guessed_at, expires_at) VALUES ($1, $2, $3)
		ON CONFLICT (budget) DO UPDATE SET expires_at = password_guesses.expires_at RETURNING guessed_at`,
		b.key(), []byte{}, micros(now))
	if err != nil {
		return nil, fmt.Errorf("lock the password guesses: %w", err)
	}
	return decodeGuesses(raw, now), nil
}

func (tx *Tx) setGuesses(b GuessBudget, g guesses) error {
	var newest int64
	if len(g) > 0 {
		newest = g[len(g)-1] + GuessWindow.Microseconds()
	}
	if _, err := tx.exec(`UPDATE password_guesses SET guessed_at = $2, expires_at = $3 WHERE budget = $1`,
		b.key(), g.encode(), newest); err != nil {
		return fmt.Errorf("count a password guess: %w", err)
	}
	return nil
}

// DeleteExpiredGuesses deletes up to limit rows whose guesses no longer count,
// and returns how many. One statement.
func (tx *Tx) DeleteExpiredGuesses(now time.Time, limit int) (int64, error) {
	n, err := tx.exec(`DELETE FROM password_guesses WHERE budget IN
		(SELECT budget FROM password_guesses WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`, micros(now), limit)
	if err != nil {
		return 0, fmt.Errorf("delete expired password guesses: %w", err)
	}
	return n, nil
}

// guesses are the times of guesses in microseconds, the oldest first.
type guesses []int64

// decodeGuesses returns the guesses that still count.
func decodeGuesses(raw []byte, now time.Time) guesses {
	var g guesses
	for ; len(raw) >= 8; raw = raw[8:] {
		if at := int64(binary.BigEndian.Uint64(raw)); at > micros(now.Add(-GuessWindow)) {
			g = append(g, at)
		}
	}
	return g
}

func (g guesses) encode() []byte {
	raw := make([]byte, 0, 8*len(g))
	for _, at := range g {
		raw = binary.BigEndian.AppendUint64(raw, uint64(at))
	}
	return raw
}

// wait is how long it takes until fewer than most guesses count.
func (g guesses) wait(most int, now time.Time) time.Duration {
	if len(g) < most {
		return 0
	}
	return max(fromMicros(g[len(g)-most]).Add(GuessWindow).Sub(now), time.Microsecond)
}

// without leaves out one guess of that time.
func (g guesses) without(at int64) guesses {
	for i := len(g) - 1; i >= 0; i-- {
		if g[i] == at {
			return append(g[:i:i], g[i+1:]...)
		}
	}
	return g
}
