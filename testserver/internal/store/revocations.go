package store

import (
	"fmt"
	"time"
)

// familySelection says which token families to end: those of the users, as far
// as the rest is given.
type familySelection struct {
	userIDs       []string
	applicationID string
	grantType     string
}

// endFamiliesOf is EndFamilies for many users, or for one grant type.
func (tx *Tx) endFamiliesOf(sel familySelection, reason string, now time.Time) error {
	w := where{args: []any{micros(now), reason}}
	w.in("user_id", sel.userIDs)
	w.equal("application_id", sel.applicationID)
	w.equal("grant_type", sel.grantType)
	w.add("revoked_at IS NULL")
	if _, err := tx.exec("UPDATE refresh_families SET revoked_at = $1, revoked_reason = $2"+w.sql(), w.args...); err != nil {
		return fmt.Errorf("end token families: %w", err)
	}
	return nil
}

// endSignIns ends the token families of a user, and the sign-ins that have not
// been exchanged for tokens yet.
func (tx *Tx) endSignIns(userID, reason string, now time.Time) error {
	if err := tx.deleteCodesOf(userID); err != nil {
		return err
	}
	_, err := tx.EndFamilies(userID, "", reason, now)
	return err
}

// deleteCodesOf deletes a user's authorization codes that have not been used.
func (tx *Tx) deleteCodesOf(userID string) error {
	if _, err := tx.exec("DELETE FROM authorization_codes WHERE user_id = $1 AND used_at IS NULL", userID); err != nil {
		return fmt.Errorf("delete the authorization codes of a user: %w", err)
	}
	return nil
}
