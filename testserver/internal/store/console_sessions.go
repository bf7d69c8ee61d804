package store

import (
	"fmt"
	"time"
)

// CreateConsoleSession stores the SHA-256 of a session's token. It returns
// ErrReference if the user no longer exists. One statement.
func (tx *Tx) CreateConsoleSession(hash []byte, userID string, expires time.Time) error {
	_, err := tx.exec(`INSERT INTO console_sessions (hash, user_id, expires_at) VALUES ($1, $2, $3)`,
		hash, userID, micros(expires))
	if err != nil {
		return fmt.Errorf("store a console session: %w", err)
	}
	return nil
}

// ConsoleSessionUser returns the user of a session that has neither expired nor
// ended, or ErrNotFound. One statement.
func (tx *Tx) ConsoleSessionUser(hash []byte, now time.Time) (User, error) {
	u, err := selectOne(tx, scanUser, "SELECT "+userColumns+` FROM users
		WHERE id = (SELECT user_id FROM console_sessions WHERE hash = $1 AND expires_at > $2)`, hash, micros(now))
	if err != nil {
		return u, fmt.Errorf("read a console session: %w", err)
	}
	return u, nil
}

// EndConsoleSession deletes a session, on every replica. One statement.
func (tx *Tx) EndConsoleSession(hash []byte) error {
	if _, err := tx.exec(`DELETE FROM console_sessions WHERE hash = $1`, hash); err != nil {
		return fmt.Errorf("end a console session: %w", err)
	}
	return nil
}

// DeleteExpiredConsoleSessions deletes up to limit sessions that have expired,
// and returns how many. One statement.
func (tx *Tx) DeleteExpiredConsoleSessions(now time.Time, limit int) (int64, error) {
	n, err := tx.exec(`DELETE FROM console_sessions WHERE hash IN
		(SELECT hash FROM console_sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`, micros(now), limit)
	if err != nil {
		return 0, fmt.Errorf("delete expired console sessions: %w", err)
	}
	return n, nil
}
