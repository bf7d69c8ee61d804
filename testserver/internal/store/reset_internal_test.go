package store

import (
	"slices"
	"testing"
)

func TestReset_EmptiesEveryTable(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	var tables []string
	err = s.Read(t.Context(), func(tx *Tx) error {
		tables, err = selectAll(tx, scanValue[string], "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	kept := []string{"instance", "schema_fingerprint", "goose_db_version"}
	for _, table := range tables {
		if !slices.Contains(kept, table) && !slices.Contains(everyTable, table) {
			t.Errorf("%s is not emptied", table)
		}
	}
	if len(tables) != len(kept)+len(everyTable) {
		t.Errorf("the tables are %q", tables)
	}
}
