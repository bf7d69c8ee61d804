package store_test

import (
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func record(callerID, key string) store.IdempotencyRecord {
	return store.IdempotencyRecord{CallerID: callerID, KeyHash: []byte(key), Operation: "createSuite",
		Fingerprint: []byte("fingerprint"), ExpiresAt: stored.Add(24 * time.Hour)}
}

// reserve takes a key and completes it without an object.
func reserve(t testing.TB, s *store.Store, callerID, key string) store.IdempotencyRecord {
	t.Helper()
	r := record(callerID, key)
	r.Answer = []byte("sealed")
	write(t, s, func(tx *store.Tx) error {
		if _, ok, err := tx.ReserveIdempotencyKey(r, now); err != nil || !ok {
			t.Errorf("reserved %v (%v)", ok, err)
			return err
		}
		return tx.CompleteIdempotencyKey(r)
	})
	return r
}

func TestIdempotency_AKeyIsReservedOnceForEachCaller(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		caller, other := newUser(t, s, p), newUser(t, s, p)
		r := record(caller.ID, "key")
		r.Answer, r.ObjectType, r.ObjectID = []byte("sealed"), store.SuiteObject, p.SuiteID
		write(t, s, func(tx *store.Tx) error {
			if _, ok, err := tx.ReserveIdempotencyKey(r, now); err != nil || !ok {
				t.Errorf("reserved %v (%v)", ok, err)
			}
			return tx.CompleteIdempotencyKey(r)
		})
		r.CreatedAt = stored
		write(t, s, func(tx *store.Tx) error {
			got, ok, err := tx.ReserveIdempotencyKey(record(caller.ID, "key"), later)
			if ok || err != nil {
				t.Errorf("reserved again: %v (%v)", ok, err)
			}
			if string(got.Answer) != "sealed" || got.ObjectType != store.SuiteObject || got.ObjectID != p.SuiteID ||
				got.Operation != "createSuite" || string(got.Fingerprint) != "fingerprint" ||
				!got.CreatedAt.Equal(stored) || !got.ExpiresAt.Equal(r.ExpiresAt) {
				t.Errorf("found %+v, want %+v", got, r)
			}
			return nil
		})
		reserve(t, s, other.ID, "key")
		reserve(t, s, caller.ID, "another key")
	})
}

func TestIdempotency_AKeyIsFreeAgainWhenItsTransactionFails(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		caller := newUser(t, s, place(t, s))
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			if _, ok, err := tx.ReserveIdempotencyKey(record(caller.ID, "key"), now); err != nil || !ok {
				t.Errorf("reserved %v (%v)", ok, err)
			}
			return errMine
		})
		wantError(t, err, errMine)
		reserve(t, s, caller.ID, "key")
	})
}

func TestIdempotency_AnExpiredKeyIsAsGoodAsNew(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		caller := newUser(t, s, place(t, s))
		r := reserve(t, s, caller.ID, "key")
		if _, err := s.Direct(t.Context()).IdempotencyRecord(caller.ID, r.KeyHash, r.ExpiresAt.Add(-time.Microsecond)); err != nil {
			t.Fatalf("just before it expires: %v", err)
		}
		_, err := s.Direct(t.Context()).IdempotencyRecord(caller.ID, r.KeyHash, r.ExpiresAt)
		wantError(t, err, store.ErrNotFound)
		fresh := record(caller.ID, "key")
		fresh.Operation, fresh.ExpiresAt = "createUser", r.ExpiresAt.Add(24*time.Hour)
		write(t, s, func(tx *store.Tx) error {
			if _, ok, err := tx.ReserveIdempotencyKey(fresh, r.ExpiresAt); err != nil || !ok {
				t.Errorf("reserved %v (%v)", ok, err)
			}
			return nil
		})
		got, err := s.Direct(t.Context()).IdempotencyRecord(caller.ID, r.KeyHash, r.ExpiresAt)
		if err != nil || got.Operation != "createUser" || got.Answer != nil || !got.CreatedAt.Equal(r.ExpiresAt) {
			t.Fatalf("found %+v (%v): something of the old record is left", got, err)
		}
	})
}

func TestIdempotency_ARecordGoesWithItsObject(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		caller := newUser(t, s, p)
		objects := map[store.ObjectType]struct {
			id     string
			remove func(*store.Tx, string) error
		}{
			store.SuiteObject:       {newSuite(t, s).ID, func(tx *store.Tx, id string) error { return tx.DeleteSuite(id) }},
			store.ProjectObject:     {newProject(t, s, p.SuiteID).ID, func(tx *store.Tx, id string) error { return tx.DeleteProject(id) }},
			store.ApplicationObject: {newApplication(t, s, p).ID, func(tx *store.Tx, id string) error { return tx.DeleteApplication(id) }},
			store.UserObject:        {newUser(t, s, p).ID, func(tx *store.Tx, id string) error { return tx.DeleteUser(id) }},
		}
		for kind, object := range objects {
			// Two keys: a creation's and, say, a rotation's.
			for _, key := range []string{"create", "rotate"} {
				r := reserve(t, s, caller.ID, key+string(kind))
				r.ObjectType, r.ObjectID = kind, object.id
				write(t, s, func(tx *store.Tx) error { return tx.CompleteIdempotencyKey(r) })
			}
		}
		for kind, object := range objects {
			write(t, s, func(tx *store.Tx) error { return object.remove(tx, object.id) })
			for _, key := range []string{"create", "rotate"} {
				_, err := s.Direct(t.Context()).IdempotencyRecord(caller.ID, []byte(key+string(kind)), now)
				wantError(t, err, store.ErrNotFound)
			}
		}
		err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.CompleteIdempotencyKey(record(caller.ID, "never reserved")) })
		wantError(t, err, store.ErrNotFound)
	})
}

func TestIdempotency_TheCallerMustExist(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			_, _, err := tx.ReserveIdempotencyKey(record("nobody", "key"), now)
			return err
		})
		wantError(t, err, store.ErrReference)
	})
}
