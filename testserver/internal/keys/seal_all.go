package keys

import (
	"context"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// sealAll encrypts all private keys and shared secrets that are in the store
// unencrypted, if there is a master key. It encrypts nothing if the master key
// does not open those that are encrypted already.
func (r *Manager) sealAll(ctx context.Context) error {
	if r.config.MasterKey == nil {
		return nil
	}
	var sealed bool
	err := r.config.Store.Write(ctx, func(tx *store.Tx) error {
		keys, err := r.config.MasterKey.sealKeys(tx)
		if err != nil {
			return err
		}
		secrets, err := r.config.MasterKey.sealSecrets(tx)
		sealed = keys || secrets
		return err
	})
	if err != nil || !sealed {
		return err
	}
	return r.config.Store.Scrub(ctx)
}

func (m *MasterKey) sealKeys(tx *store.Tx) (sealed bool, err error) {
	rows, err := tx.SigningKeys()
	if err != nil {
		return false, err
	}
	for _, row := range rows {
		switch {
		case row.PrivateKey == nil:
		case row.Sealed:
			if _, err := m.open(row.KID, row.PrivateKey); err != nil {
				return false, err
			}
		default:
			if err := tx.SealSigningKey(row.KID, m.seal(row.KID, row.PrivateKey)); err != nil {
				return false, err
			}
			sealed = true
		}
	}
	return sealed, nil
}

func (m *MasterKey) sealSecrets(tx *store.Tx) (sealed bool, err error) {
	rows, err := tx.ServerSecrets()
	if err != nil {
		return false, err
	}
	for _, row := range rows {
		if row.Sealed {
			if _, err := m.open(row.Name, row.Value); err != nil {
				return false, err
			}
			continue
		}
		if err := tx.SealServerSecret(row.Name, m.seal(row.Name, row.Value)); err != nil {
			return false, err
		}
		sealed = true
	}
	return sealed, nil
}
