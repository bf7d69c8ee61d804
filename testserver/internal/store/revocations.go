package store

import (
	"fmt"
	"time"
)

// familySelection says which refresh families to end: those of the users, as
// far as the rest is given.
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
		return fmt.Errorf("end refresh families: %w", err)
	}
	return nil
}
