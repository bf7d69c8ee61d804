package store_test

import (
	"errors"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func TestSeededObject_HasOneKeyInEachSource(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		key := func(source, key string) store.SeedKey {
			return store.SeedKey{Source: source, Type: store.UserObject, Key: key}
		}
		set := func(k store.SeedKey, id string) {
			t.Helper()
			write(t, s, func(tx *store.Tx) error { return tx.SetSeededObject(k, id) })
		}
		check := func(k store.SeedKey, want string) {
			t.Helper()
			got, err := s.Direct(t.Context()).SeededObject(k)
			if got != want || (want == "") != errors.Is(err, store.ErrNotFound) {
				t.Fatalf("%v is %q, %v; want %q", k, got, err, want)
			}
		}
		old, renamed, flag := key("seed", "old"), key("seed", "new"), key("administrator", "administrator")
		set(old, "u1")
		set(old, "u1")
		set(flag, "u1")
		check(old, "u1")
		set(renamed, "u1")
		check(old, "")
		check(renamed, "u1")
		check(flag, "u1")
		set(renamed, "u2")
		check(renamed, "u2")
		for id, want := range map[string]bool{"u1": true, "u2": true, "u3": false} {
			got := read(t, s, func(tx *store.Tx) (bool, error) { return tx.IsSeeded(store.UserObject, id) })
			if got != want {
				t.Fatalf("%s is seeded: %t", id, got)
			}
		}
		write(t, s, func(tx *store.Tx) error { return tx.DeleteSeededObject(flag) })
		check(flag, "")
		if read(t, s, func(tx *store.Tx) (bool, error) { return tx.IsSeeded(store.SuiteObject, "u2") }) {
			t.Fatal("an id of another type is seeded")
		}
	})
}
