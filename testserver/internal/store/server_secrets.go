package store

import (
	"fmt"
	"time"
)

// ServerSecret is a key that all replicas share.
type ServerSecret struct {
	Name  string
	Value []byte
	// Sealed reports whether Value is encrypted.
	Sealed    bool
	CreatedAt time.Time
}

// ServerSecret returns the secret of a name, or ErrNotFound. One statement.
func (tx *Tx) ServerSecret(name string) (ServerSecret, error) {
	s, err := selectOne(tx, func(row scanner) (ServerSecret, error) {
		s := ServerSecret{Name: name}
		var created int64
		err := row.Scan(&s.Value, &s.Sealed, &created)
		s.CreatedAt = fromMicros(created)
		return s, err
	}, `SELECT value, sealed, created_at FROM server_secrets WHERE name = $1`, name)
	if err != nil {
		return s, fmt.Errorf("read the server secret %s: %w", name, err)
	}
	return s, nil
}

// ServerSecrets returns all secrets. One statement.
func (tx *Tx) ServerSecrets() ([]ServerSecret, error) {
	all, err := selectAll(tx, func(row scanner) (ServerSecret, error) {
		var s ServerSecret
		var created int64
		err := row.Scan(&s.Name, &s.Value, &s.Sealed, &created)
		s.CreatedAt = fromMicros(created)
		return s, err
	}, `SELECT name, value, sealed, created_at FROM server_secrets ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("read the server secrets: %w", err)
	}
	return all, nil
}

// AddServerSecret stores a secret unless there is one of that name; it reports
// whether it did. Of transactions that add the same name at once, all but one
// wait for the first to commit. One statement.
func (tx *Tx) AddServerSecret(s ServerSecret) (bool, error) {
	n, err := tx.exec(`INSERT INTO server_secrets (name, value, sealed, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`, s.Name, s.Value, s.Sealed, micros(s.CreatedAt))
	if err != nil {
		return false, fmt.Errorf("store the server secret %s: %w", s.Name, err)
	}
	return n == 1, nil
}

// SealServerSecret replaces a secret that is not encrypted by one that is. One
// statement.
func (tx *Tx) SealServerSecret(name string, sealed []byte) error {
	_, err := tx.exec(`UPDATE server_secrets SET value = $1, sealed = $2 WHERE name = $3 AND NOT sealed`,
		sealed, true, name)
	if err != nil {
		return fmt.Errorf("seal the server secret %s: %w", name, err)
	}
	return nil
}
