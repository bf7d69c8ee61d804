package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func newCode(t testing.TB, s *store.Store, applicationID, userID string, expires time.Time) []byte {
	t.Helper()
	hash := random.Key(32)
	write(t, s, func(tx *store.Tx) error {
		return tx.CreateCode(store.AuthorizationCode{Hash: hash, ApplicationID: applicationID, UserID: userID,
			AuthTime: stored, CreatedAt: stored, ExpiresAt: expires})
	})
	return hash
}

func TestSweep_RemovesWhatHasExpiredAndNothingElse(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a, u := newApplication(t, s, p), newUser(t, s, p)
		at := stored.Add(25 * time.Hour)
		var old []store.TokenFamily
		for range 7 {
			old = append(old, newFamily(t, s, a.ID, u.ID, "user_credentials"))
		}
		write(t, s, func(tx *store.Tx) error { // a used token goes with its family
			return tx.RotateFamily(store.Rotation{FamilyID: old[0].ID, Presented: old[0].RefreshHash, Successor: random.Key(32),
				RefreshExpiresAt: old[0].ExpiresAt, ExpiresAt: old[0].ExpiresAt, Now: stored})
		})
		alive := newFamily(t, s, a.ID, u.ID, "user_credentials")
		successor := random.Key(32)
		write(t, s, func(tx *store.Tx) error {
			return tx.RotateFamily(store.Rotation{FamilyID: alive.ID, Presented: alive.RefreshHash, Successor: successor,
				RefreshExpiresAt: at.Add(time.Second), ExpiresAt: at.Add(time.Second), Now: stored})
		})
		for range 3 {
			newCode(t, s, a.ID, u.ID, stored.Add(time.Minute))
		}
		freshCode := newCode(t, s, a.ID, u.ID, at.Add(time.Second))
		reserve(t, s, u.ID, "old")
		fresh := record(u.ID, "fresh")
		fresh.ExpiresAt = at.Add(time.Second)
		write(t, s, func(tx *store.Tx) error {
			_, _, err := tx.ReserveIdempotencyKey(fresh, now)
			return err
		})

		swept, err := s.Sweep(t.Context(), store.Sweep{Holder: "one", Now: at, Batch: 3})
		if err != nil {
			t.Fatal(err)
		}
		if want := (store.Swept{Families: 7, Codes: 3, IdempotencyRecords: 1}); swept != want {
			t.Fatalf("swept %+v, want %+v", swept, want)
		}
		direct := s.Direct(t.Context())
		for _, hash := range [][]byte{old[0].RefreshHash, old[1].RefreshHash} {
			_, err := direct.GrantByRefreshToken(hash)
			wantError(t, err, store.ErrNotFound)
		}
		for _, hash := range [][]byte{alive.RefreshHash, successor} { // the used one stays until its family expires
			if g, err := direct.GrantByRefreshToken(hash); err != nil || g.Family.ID != alive.ID {
				t.Fatalf("a living family's token: %+v (%v)", g, err)
			}
		}
		if _, err := direct.ClaimCode(freshCode, a.ID, random.ID(), at); err != nil {
			t.Fatalf("a fresh code: %v", err)
		}
		if _, err := direct.IdempotencyRecord(u.ID, fresh.KeyHash, at); err != nil {
			t.Fatalf("a fresh key: %v", err)
		}
		swept, err = s.Sweep(t.Context(), store.Sweep{Holder: "two", Now: at})
		if err != nil || swept != (store.Swept{}) {
			t.Fatalf("swept %+v (%v) at once after a sweep", swept, err)
		}
	})
}

func TestSweep_OneReplicaAtATime(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		newFamily(t, s, newApplication(t, s, p).ID, "", "client_credentials")
		at := stored.Add(25 * time.Hour)
		take := func(holder string, now time.Time) bool {
			ok, err := s.Direct(t.Context()).TakeLease("sweep", holder, now.Add(time.Minute), now)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		taken, prolonged, stolen := take("other", at), take("other", at), take("third", at)
		if !taken || !prolonged || stolen {
			t.Fatalf("taken %v, prolonged %v, stolen %v: a lease has only one holder", taken, prolonged, stolen)
		}
		swept, err := s.Sweep(t.Context(), store.Sweep{Holder: "one", Now: at})
		if err != nil || swept != (store.Swept{ElsewhereInProgress: true}) {
			t.Fatalf("swept %+v (%v) while another did", swept, err)
		}
		// The other died; its lease runs out.
		swept, err = s.Sweep(t.Context(), store.Sweep{Holder: "one", Now: at.Add(time.Minute)})
		if err != nil || swept.Families != 1 {
			t.Fatalf("swept %+v (%v)", swept, err)
		}
		if err := s.Direct(t.Context()).ReleaseLease("sweep", "not the holder"); err != nil {
			t.Fatal(err)
		}
		if !take("third", at) {
			t.Fatal("a sweep that ended kept its lease")
		}
		_ = s.Direct(t.Context()).ReleaseLease("sweep", "third")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Sweep(ctx, store.Sweep{Holder: "one", Now: at}); err == nil {
			t.Fatal("a cancelled sweep succeeded")
		}
	})
}

func TestReset_LeavesNothing(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		e := newEstate(t, s)
		a, u := e.applications[0], e.users[0]
		assign(t, s, a.ID, u.ID, true)
		f := newFamily(t, s, a.ID, u.ID, "user_credentials")
		newCode(t, s, a.ID, u.ID, later)
		reserve(t, s, u.ID, "key")
		write(t, s, func(tx *store.Tx) error { return tx.EnsureInstanceID("instance") })
		if err := s.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{
			errorOf(s.Direct(t.Context()).Suite(e.suites[0].ID)),
			errorOf(s.Direct(t.Context()).User(u.ID)),
			errorOf(s.Direct(t.Context()).GrantByFamily(f.ID)),
		} {
			wantError(t, err, store.ErrNotFound)
		}
		// Which ATM it is remains.
		if id, err := s.Direct(t.Context()).InstanceID(); id != "instance" || err != nil {
			t.Errorf("the instance is %q (%v)", id, err)
		}
		// The store is as new: the same objects can be made again.
		again := must(t, s, func(tx *store.Tx) (store.Suite, error) {
			return tx.CreateSuite(store.Suite{ID: e.suites[0].ID, Name: e.suites[0].Name}, now)
		})
		if again.Seq != 1 {
			t.Fatalf("the first suite has the number %d", again.Seq)
		}
	})
}

func errorOf[T any](_ T, err error) error { return err }
