package store

import "fmt"

// InstanceID names the ATM that the store is: copies of it, and the replicas that
// share it, have the same; ErrNotFound before EnsureInstanceID. One statement.
func (tx *Tx) InstanceID() (string, error) {
	id, err := selectOne(tx, scanValue[string], "SELECT id FROM instance")
	if err != nil {
		return "", fmt.Errorf("read the instance id: %w", err)
	}
	return id, nil
}

// EnsureInstanceID gives a store that has no instance id this one. One
// statement.
func (tx *Tx) EnsureInstanceID(id string) error {
	if _, err := tx.exec("INSERT INTO instance (name, id) VALUES ('instance', $1) ON CONFLICT DO NOTHING", id); err != nil {
		return fmt.Errorf("store the instance id: %w", err)
	}
	return nil
}

// SetInstanceID gives the store this instance id, whether it has one or not.
// One statement.
func (tx *Tx) SetInstanceID(id string) error {
	if _, err := tx.exec(`INSERT INTO instance (name, id) VALUES ('instance', $1)
		ON CONFLICT (name) DO UPDATE SET id = excluded.id`, id); err != nil {
		return fmt.Errorf("store the instance id: %w", err)
	}
	return nil
}
