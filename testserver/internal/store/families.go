package store

import (
	"errors"
	"fmt"
	"time"
)

// TokenFamily is what one sign-in was given: all access, refresh and id
// tokens that descend from it. Every issue of tokens begins one.
type TokenFamily struct {
	ID            string
	ApplicationID string
	// UserID is empty for client credentials.
	UserID    string
	GrantType string
	// RefreshHash is the SHA-256 of the current refresh token, nil for client
	// credentials; RefreshExpiresAt is when that token expires.
	RefreshHash      []byte
	RefreshExpiresAt time.Time
	// Generation counts the refreshes, from 0.
	Generation int64
	// AuthTime is when the user signed in.
	AuthTime time.Time
	// Nonce is OpenID Connect's, empty where none was sent.
	Nonce     string
	CreatedAt time.Time
	// ExpiresAt is when the last token of the family expires.
	ExpiresAt time.Time
	// RevokedAt is zero while the family is alive.
	RevokedAt     time.Time
	RevokedReason string
	// Credential is the fingerprint of the federated credential or public key
	// that authenticated the application, empty for none.
	Credential string
	// EndsAt is when refreshes end and what they issue expires, zero without
	// such a limit.
	EndsAt time.Time
}

// Alive reports whether the family has tokens that count.
func (f TokenFamily) Alive(now time.Time) bool {
	return f.RevokedAt.IsZero() && now.Before(f.ExpiresAt)
}

// CreateFamily stores a new family. It returns ErrReference when the
// application has gone, and ErrNotEnabled when the user has, or is not enabled,
// or not for the application: what a sign-in looked up may have changed while
// its tokens were signed. One statement.
func (tx *Tx) CreateFamily(f TokenFamily) error {
	values, source := "$3", ""
	if f.UserID != "" {
		values = "u.id"
		source = ` FROM users u JOIN application_users au ON au.user_id = u.id
			WHERE u.id = $3 AND u.enabled AND au.application_id = $2 AND au.enabled`
	}
	n, err := tx.exec(`INSERT INTO refresh_families (id, application_id, user_id, grant_type, refresh_hash,
			refresh_expires_at, generation, auth_time, nonce, created_at, expires_at, credential, ends_at)
		SELECT $1, $2, `+values+`, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13`+source,
		f.ID, f.ApplicationID, textOrNull(f.UserID), f.GrantType, bytesOrNull(f.RefreshHash),
		microsOrNull(f.RefreshExpiresAt), f.Generation, micros(f.AuthTime), textOrNull(f.Nonce),
		micros(f.CreatedAt), micros(f.ExpiresAt), textOrNull(f.Credential), microsOrNull(f.EndsAt))
	if err != nil {
		return fmt.Errorf("store a token family: %w", err)
	}
	if n == 0 {
		return ErrNotEnabled
	}
	return nil
}

// Rotation replaces the current refresh token of a family.
type Rotation struct {
	FamilyID string
	// Generation is the family's before the rotation.
	Generation int64
	// Presented is the SHA-256 of the token that is used up, Successor that of
	// the one that takes its place and expires at RefreshExpiresAt.
	Presented, Successor []byte
	RefreshExpiresAt     time.Time
	// ExpiresAt is when the last of the tokens issued with it expires.
	ExpiresAt time.Time
	Now       time.Time
}

// RotateFamily uses up the current refresh token. It returns ErrStale, and
// changes nothing, where the token is not the current one any more or the
// family has ended: of several that use one token, one succeeds.
func (tx *Tx) RotateFamily(r Rotation) error {
	if err := tx.inWrite(); err != nil {
		return err
	}
	n, err := tx.exec(`UPDATE refresh_families SET refresh_hash = $1, refresh_expires_at = $2,
			generation = generation + 1, refreshed_at = $3,
			expires_at = CASE WHEN expires_at > $4 THEN expires_at ELSE $5 END
		WHERE id = $6 AND refresh_hash = $7 AND generation = $8 AND revoked_at IS NULL`,
		r.Successor, micros(r.RefreshExpiresAt), micros(r.Now), micros(r.ExpiresAt), micros(r.ExpiresAt),
		r.FamilyID, r.Presented, r.Generation)
	if err != nil {
		return fmt.Errorf("rotate a refresh token: %w", err)
	}
	if n == 0 {
		return ErrStale
	}
	_, err = tx.exec(`INSERT INTO used_refresh_tokens (hash, family_id, generation, used_at) VALUES ($1, $2, $3, $4)`,
		r.Presented, r.FamilyID, r.Generation, micros(r.Now))
	if err != nil {
		return fmt.Errorf("store a used refresh token: %w", err)
	}
	return nil
}

// RepeatRotation repeats a rotation, within a grace period: it makes sure that
// the family is alive and of that generation still (its current token has not
// been used), and lets it live until the new tokens expire. It returns ErrStale
// if not. One statement.
func (tx *Tx) RepeatRotation(familyID string, generation int64, expiresAt time.Time) error {
	n, err := tx.exec(`UPDATE refresh_families SET expires_at = CASE WHEN expires_at > $1 THEN expires_at ELSE $2 END
		WHERE id = $3 AND generation = $4 AND revoked_at IS NULL`,
		micros(expiresAt), micros(expiresAt), familyID, generation)
	if err != nil {
		return fmt.Errorf("repeat a rotation: %w", err)
	}
	if n == 0 {
		return ErrStale
	}
	return nil
}

// EndFamily revokes a family and reports whether it was alive until then. One
// statement.
func (tx *Tx) EndFamily(id, reason string, now time.Time) (bool, error) {
	n, err := tx.exec(`UPDATE refresh_families SET revoked_at = $1, revoked_reason = $2
		WHERE id = $3 AND revoked_at IS NULL`, micros(now), reason, id)
	if err != nil {
		return false, fmt.Errorf("end a token family: %w", err)
	}
	return n == 1, nil
}

// EndFamilies revokes the families of a user, of an application, or of a user
// at an application, and returns how many were alive. At least one of the two
// must be given. One statement.
func (tx *Tx) EndFamilies(userID, applicationID, reason string, now time.Time) (int64, error) {
	set := `UPDATE refresh_families SET revoked_at = $1, revoked_reason = $2 WHERE revoked_at IS NULL`
	at := micros(now)
	var n int64
	var err error
	switch {
	case userID != "" && applicationID != "":
		n, err = tx.exec(set+` AND user_id = $3 AND application_id = $4`, at, reason, userID, applicationID)
	case userID != "":
		n, err = tx.exec(set+` AND user_id = $3`, at, reason, userID)
	case applicationID != "":
		n, err = tx.exec(set+` AND application_id = $3`, at, reason, applicationID)
	default:
		return 0, errors.New("store: end the token families of no user or application")
	}
	if err != nil {
		return 0, fmt.Errorf("end token families: %w", err)
	}
	return n, nil
}

// DeleteExpiredFamilies deletes up to limit families whose last token has
// expired, with their used tokens, and returns how many. One statement.
func (tx *Tx) DeleteExpiredFamilies(now time.Time, limit int) (int64, error) {
	n, err := tx.exec(`DELETE FROM refresh_families WHERE id IN
		(SELECT id FROM refresh_families WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`, micros(now), limit)
	if err != nil {
		return 0, fmt.Errorf("delete expired token families: %w", err)
	}
	return n, nil
}
