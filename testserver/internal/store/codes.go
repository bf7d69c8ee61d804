package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// AuthorizationCode is a code that a sign-in was given (RFC 6749 §4.1.2).
type AuthorizationCode struct {
	// Hash is the SHA-256 of the code.
	Hash          []byte
	ApplicationID string
	UserID        string
	// RedirectURI is the one of the authorization request, empty where it
	// named none; the exchange must repeat it.
	RedirectURI string
	// CodeChallenge is PKCE's S256 challenge (RFC 7636 §4.2), empty without.
	CodeChallenge string
	Nonce         string
	// AuthTime is when the user signed in.
	AuthTime             time.Time
	CreatedAt, ExpiresAt time.Time
	// FamilyID is the family that its exchange begins, empty before.
	FamilyID string
}

// CreateCode stores a code. It returns ErrReference when application or user
// have gone. One statement.
func (tx *Tx) CreateCode(c AuthorizationCode) error {
	_, err := tx.exec(`INSERT INTO authorization_codes (hash, application_id, user_id, redirect_uri, code_challenge,
			nonce, auth_time, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		c.Hash, c.ApplicationID, c.UserID, textOrNull(c.RedirectURI), textOrNull(c.CodeChallenge),
		textOrNull(c.Nonce), micros(c.AuthTime), micros(c.CreatedAt), micros(c.ExpiresAt))
	if err != nil {
		return fmt.Errorf("store an authorization code: %w", err)
	}
	return nil
}

func scanCode(row scanner) (AuthorizationCode, error) {
	var c AuthorizationCode
	var redirect, challenge, nonce, family sql.NullString
	var authTime, created, expires int64
	err := row.Scan(&c.Hash, &c.ApplicationID, &c.UserID, &redirect, &challenge, &nonce, &authTime, &created,
		&expires, &family)
	c.RedirectURI, c.CodeChallenge, c.Nonce, c.FamilyID = redirect.String, challenge.String, nonce.String, family.String
	c.AuthTime, c.CreatedAt, c.ExpiresAt = fromMicros(authTime), fromMicros(created), fromMicros(expires)
	return c, err
}

// ClaimCode uses a code up for an application, whose family is to be familyID.
// It returns ErrNotFound where there is no such code of that application that
// has not been used. One statement: of several claims, one succeeds.
func (tx *Tx) ClaimCode(hash []byte, applicationID, familyID string, now time.Time) (AuthorizationCode, error) {
	c, err := changeOne(tx, scanCode, `UPDATE authorization_codes SET used_at = $1, family_id = $2
		WHERE hash = $3 AND application_id = $4 AND used_at IS NULL
		RETURNING hash, application_id, user_id, redirect_uri, code_challenge, nonce, auth_time, created_at,
			expires_at, family_id`, micros(now), familyID, hash, applicationID)
	if err != nil {
		return c, fmt.Errorf("claim an authorization code: %w", err)
	}
	return c, nil
}

// CreateFamilyOfCode stores the family that a claimed code begins. It returns
// ErrStale, and stores nothing, where the code was replayed since its claim,
// and else the errors of CreateFamily.
func (tx *Tx) CreateFamilyOfCode(hash []byte, f TokenFamily) error {
	if err := tx.inWrite(); err != nil {
		return err
	}
	// Changes nothing, but makes a replay wait until this family is there to
	// be ended, or finds that the replay came first.
	n, err := tx.exec(`UPDATE authorization_codes SET family_id = $1
		WHERE hash = $2 AND family_id = $3 AND replayed_at IS NULL`, f.ID, hash, f.ID)
	if err != nil {
		return fmt.Errorf("lock an authorization code: %w", err)
	}
	if n == 0 {
		return ErrStale
	}
	return tx.CreateFamily(f)
}

// ReplayCode notes that a used code of an application came back, and ends the
// family that its first use began, or is about to begin. It returns that
// family's id, or ErrNotFound where the application has no used code like it.
func (tx *Tx) ReplayCode(hash []byte, applicationID, reason string, now time.Time) (string, error) {
	if err := tx.inWrite(); err != nil {
		return "", err
	}
	familyID, err := changeOne(tx, scanValue[string], `UPDATE authorization_codes SET replayed_at = $1
		WHERE hash = $2 AND application_id = $3 AND used_at IS NOT NULL RETURNING family_id`,
		micros(now), hash, applicationID)
	if errors.Is(err, ErrNotFound) {
		return "", err
	}
	if err != nil {
		return "", fmt.Errorf("note the replay of an authorization code: %w", err)
	}
	_, err = tx.EndFamily(familyID, reason, now)
	return familyID, err
}

// DeleteExpiredCodes deletes up to limit expired codes, but not those whose
// family is still there: a replay has to find it. It returns how many. One
// statement.
func (tx *Tx) DeleteExpiredCodes(now time.Time, limit int) (int64, error) {
	n, err := tx.exec(`DELETE FROM authorization_codes WHERE hash IN
		(SELECT hash FROM authorization_codes c WHERE c.expires_at <= $1
			AND NOT EXISTS (SELECT 1 FROM refresh_families f WHERE f.id = c.family_id)
			ORDER BY c.expires_at LIMIT $2)`, micros(now), limit)
	if err != nil {
		return 0, fmt.Errorf("delete expired authorization codes: %w", err)
	}
	return n, nil
}
