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
	a, err := applications.lock(tx, id)
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
	if err := applications.update(tx, &a, now); err != nil {
		return Application{}, fmt.Errorf("rotate secret: %w", err)
	}
	return a, nil
}
