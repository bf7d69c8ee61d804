package store

import (
	"fmt"
	"time"
)

// Values of ClientAuthentication: noAuthentication is a public client's.
const (
	noAuthentication     = "none"
	secretAuthentication = "secret"
)

// forgetSecrets takes an application's secrets from it. The version stays, so
// that the next secret is known to be another one.
func (a *Application) forgetSecrets() {
	a.SecretHash, a.PreviousSecretHash, a.PreviousSecretExpiresAt = nil, nil, time.Time{}
}

// RotateSecret makes hash the application's secret, counts up its version and
// returns it. Where previousExpiresAt is not zero the secret replaced, if there
// is one, stays good until then; an older one that was still good ends at once. Token families go on.
func (tx *Tx) RotateSecret(id string, hash []byte, previousExpiresAt, now time.Time) (Application, error) {
	if err := tx.inWrite(); err != nil {
		return Application{}, err
	}
	a, err := tx.ApplicationForUpdate(id)
	if err != nil {
		return Application{}, err
	}
	a.PreviousSecretHash, a.PreviousSecretExpiresAt = nil, time.Time{}
	if !previousExpiresAt.IsZero() && a.SecretHash != nil {
		a.PreviousSecretHash = a.SecretHash
		a.PreviousSecretExpiresAt = fromMicros(micros(previousExpiresAt))
	}
	a.SecretHash = hash
	a.SecretVersion++
	a.touch(now)
	_, err = tx.exec(`UPDATE applications SET secret_hash = $2, previous_secret_hash = $3,
			previous_secret_expires_at = $4, secret_version = $5, etag = $6, updated_at = $7 WHERE id = $1`,
		a.ID, a.SecretHash, bytesOrNull(a.PreviousSecretHash), microsOrNull(a.PreviousSecretExpiresAt),
		a.SecretVersion, a.ETag, micros(a.UpdatedAt))
	if err != nil {
		return Application{}, fmt.Errorf("rotate secret: %w", err)
	}
	return a, nil
}
