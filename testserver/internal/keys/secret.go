package keys

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// firstKeySecret is the secret whose adding lets one replica make the first
// signing key. Its value is not used as a key.
const firstKeySecret = "first-signing-key"

// secretBytes is the size of shared secrets: that of SHA-256, which HMAC wants
// at least (RFC 2104 §3).
const secretBytes = 32

func (r *Manager) sealedSecret(name string, now time.Time) store.ServerSecret {
	secret := store.ServerSecret{Name: name, Value: random.Key(secretBytes), CreatedAt: now}
	if r.config.MasterKey != nil {
		secret.Value, secret.Sealed = r.config.MasterKey.seal(name, secret.Value), true
	}
	return secret
}

// Secret returns 32 random bytes that all replicas on the store share under
// that name, making them when they are first asked for. Like private keys they
// are encrypted where there is a master key; ErrMasterKey says that it does
// not open them.
func (r *Manager) Secret(ctx context.Context, name string) ([]byte, error) {
	if known, _ := r.secrets.Load(name); known != nil {
		if secret, ok := known.([]byte); ok {
			return secret, nil
		}
	}
	secret, err := r.readSecret(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("shared secret %s: %w", name, err)
	}
	r.secrets.Store(name, secret)
	return secret, nil
}

func (r *Manager) readSecret(ctx context.Context, name string) ([]byte, error) {
	stored, err := r.config.Store.Direct(ctx).ServerSecret(name)
	if errors.Is(err, store.ErrNotFound) {
		if _, err = r.config.Store.Direct(ctx).AddServerSecret(r.sealedSecret(name, r.config.Clock.Now())); err == nil {
			// All replicas use the secret that was stored first.
			stored, err = r.config.Store.Direct(ctx).ServerSecret(name)
		}
	}
	if err != nil {
		return nil, err
	}
	if stored.Sealed {
		return r.config.MasterKey.open(name, stored.Value)
	}
	return stored.Value, nil
}
