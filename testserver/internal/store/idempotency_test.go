package store_test

import (
	"errors"
	"fmt"
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
	r.Response = []byte("sealed")
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
		r.Response, r.ObjectType, r.ObjectID = []byte("sealed"), store.SuiteObject, p.SuiteID
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
			if string(got.Response) != "sealed" || got.ObjectType != store.SuiteObject || got.ObjectID != p.SuiteID ||
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

func TestIdempotency_AnExpiredKeyWithoutAnObjectIsAsGoodAsNew(t *testing.T) {
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
		if err != nil || got.Operation != "createUser" || got.Response != nil || !got.CreatedAt.Equal(r.ExpiresAt) {
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

func TestIdempotency_ARecordOfAnObjectOutlivesItsResponse(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		caller := newUser(t, s, p)
		r := reserve(t, s, caller.ID, "key")
		r.ObjectType, r.ObjectID = store.ProjectObject, p.ID
		write(t, s, func(tx *store.Tx) error { return tx.CompleteIdempotencyKey(r) })
		at := r.ExpiresAt.Add(time.Hour)
		for range 2 { // before the sweep and after it
			got, err := s.Direct(t.Context()).IdempotencyRecord(caller.ID, r.KeyHash, at)
			if err != nil || got.Response != nil || got.ObjectID != p.ID || string(got.Fingerprint) != "fingerprint" {
				t.Fatalf("found %+v (%v)", got, err)
			}
			write(t, s, func(tx *store.Tx) error {
				for name, take := range map[string]func(store.IdempotencyRecord, time.Time) (store.IdempotencyRecord, bool, error){
					"reserved": tx.ReserveIdempotencyKey, "voided": tx.VoidIdempotencyKey,
				} {
					if got, ok, err := take(record(caller.ID, "key"), at); ok || err != nil || got.ObjectID != p.ID {
						t.Errorf("%s: %v, %+v (%v)", name, ok, got, err)
					}
				}
				return nil
			})
			if _, err := s.Sweep(t.Context(), store.Sweep{Holder: "one", Now: at}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestIdempotency_SweepDeletesResponsesAndRecordsWithoutObjectInBatches(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		caller := newUser(t, s, p)
		for i := range 10 {
			r := reserve(t, s, caller.ID, fmt.Sprint("key", i))
			if i%2 == 0 {
				r.ObjectType, r.ObjectID = store.ProjectObject, p.ID
				write(t, s, func(tx *store.Tx) error { return tx.CompleteIdempotencyKey(r) })
			}
		}
		swept, err := s.Sweep(t.Context(), store.Sweep{Holder: "one", Now: stored.Add(25 * time.Hour), Batch: 3})
		if err != nil || swept.IdempotencyRecords != 10 {
			t.Fatalf("swept %+v (%v)", swept, err)
		}
		swept, err = s.Sweep(t.Context(), store.Sweep{Holder: "one", Now: stored.Add(25 * time.Hour), Batch: 3})
		if err != nil || swept.IdempotencyRecords != 0 {
			t.Fatalf("swept again %+v (%v)", swept, err)
		}
	})
}

func TestIdempotency_AVoidKeyIsNotReservedUntilItExpires(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		caller := newUser(t, s, place(t, s))
		void := store.IdempotencyRecord{CallerID: caller.ID, KeyHash: []byte("key"), ExpiresAt: stored.Add(time.Hour)}
		write(t, s, func(tx *store.Tx) error {
			if _, ok, err := tx.VoidIdempotencyKey(void, now); !ok || err != nil {
				t.Errorf("voided %v (%v)", ok, err)
			}
			return nil
		})
		write(t, s, func(tx *store.Tx) error {
			got, ok, err := tx.ReserveIdempotencyKey(record(caller.ID, "key"), stored.Add(time.Hour-time.Second))
			if ok || err != nil || !got.Voided {
				t.Errorf("reserved %v, found %+v (%v)", ok, got, err)
			}
			return nil
		})
		write(t, s, func(tx *store.Tx) error {
			if _, ok, err := tx.ReserveIdempotencyKey(record(caller.ID, "key"), stored.Add(time.Hour)); !ok || err != nil {
				t.Errorf("reserved %v (%v)", ok, err)
			}
			return nil
		})
	})
}

// TestIdempotency_VoidingWaitsForARequestThatIsBeingDone holds a reservation
// open while another transaction voids the key.
func TestIdempotency_VoidingWaitsForARequestThatIsBeingDone(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		caller := newUser(t, s, p)
		for name, fails := range map[string]bool{"done": false, "undone": true} {
			r := record(caller.ID, name)
			r.ObjectType, r.ObjectID = store.ProjectObject, p.ID
			reserved, voided := make(chan struct{}), make(chan bool, 1)
			go func() {
				<-reserved
				var ok bool
				err := s.Write(t.Context(), func(tx *store.Tx) (err error) {
					_, ok, err = tx.VoidIdempotencyKey(r, now)
					return err
				})
				if err != nil {
					t.Error(err)
				}
				voided <- ok
			}()
			err := s.Write(t.Context(), func(tx *store.Tx) error {
				if _, ok, err := tx.ReserveIdempotencyKey(r, now); !ok || err != nil {
					return fmt.Errorf("reserved %v: %w", ok, err)
				}
				close(reserved)
				select {
				case <-voided:
					t.Error("voided a key while its request was being done")
				case <-time.After(50 * time.Millisecond):
				}
				if fails {
					return errMine
				}
				return tx.CompleteIdempotencyKey(r)
			})
			if fails != errors.Is(err, errMine) {
				t.Fatal(err)
			}
			if ok := <-voided; ok != fails {
				t.Errorf("%s: voided %v", name, ok)
			}
		}
	})
}
