package store

import (
	"context"
	"fmt"
)

// everyTable lists the tables with those that refer to others first.
var everyTable = []string{
	"password_guesses", "console_sessions", "idempotency_records", "authorization_codes", "used_refresh_tokens", "used_assertions",
	"refresh_families", "application_users", "users", "applications", "projects", "suites", "signing_keys", "server_secrets", "leases", "sequences",
	"seeded_objects",
}

// Reset deletes everything but the instance id, signing keys and server secrets
// included, in one transaction.
func (s *Store) Reset(ctx context.Context) error {
	return s.Write(ctx, func(tx *Tx) error {
		for _, table := range everyTable {
			if _, err := tx.exec("DELETE FROM " + table); err != nil {
				return fmt.Errorf("empty %s: %w", table, err)
			}
		}
		return nil
	})
}
