package store

import "fmt"

// SeedKey is what a seed knows an object by.
type SeedKey struct {
	// Source tells seeds apart: an object may have one key in each.
	Source string
	Type   ObjectType
	Key    string
}

// SeededObject returns the id of the object that a seed knows by a key;
// ErrNotFound. The object itself may have been deleted. One statement.
func (tx *Tx) SeededObject(k SeedKey) (string, error) {
	return selectOne(tx, scanValue[string],
		"SELECT object_id FROM seeded_objects WHERE source = $1 AND object_type = $2 AND object_key = $3",
		k.Source, string(k.Type), k.Key)
}

// IsSeeded reports whether any seed knows the object. One statement.
func (tx *Tx) IsSeeded(what ObjectType, id string) (bool, error) {
	n, err := selectOne(tx, scanValue[int64],
		"SELECT COUNT(*) FROM seeded_objects WHERE object_type = $1 AND object_id = $2", string(what), id)
	if err != nil {
		return false, fmt.Errorf("look for a seeded %s: %w", what, err)
	}
	return n > 0, nil
}

// SetSeededObject makes an object the one that a seed knows by a key, and this
// the object's only key in the seed.
func (tx *Tx) SetSeededObject(k SeedKey, id string) error {
	if err := tx.inWrite(); err != nil {
		return err
	}
	if current, err := tx.SeededObject(k); err == nil && current == id {
		return nil
	}
	_, err := tx.exec(`DELETE FROM seeded_objects WHERE source = $1 AND object_type = $2
		AND (object_key = $3 OR object_id = $4)`, k.Source, string(k.Type), k.Key, id)
	if err == nil {
		_, err = tx.exec("INSERT INTO seeded_objects (source, object_type, object_key, object_id) VALUES ($1, $2, $3, $4)",
			k.Source, string(k.Type), k.Key, id)
	}
	if err != nil {
		return fmt.Errorf("store the id of a seeded %s: %w", k.Type, err)
	}
	return nil
}

// DeleteSeededObject makes a seed know no object by a key. One statement.
func (tx *Tx) DeleteSeededObject(k SeedKey) error {
	_, err := tx.exec("DELETE FROM seeded_objects WHERE source = $1 AND object_type = $2 AND object_key = $3",
		k.Source, string(k.Type), k.Key)
	if err != nil {
		return fmt.Errorf("delete the id of a seeded %s: %w", k.Type, err)
	}
	return nil
}
