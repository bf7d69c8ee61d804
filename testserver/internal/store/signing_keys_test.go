package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func signingKey() store.SigningKey {
	return store.SigningKey{
		KID: random.Token(32), Algorithm: "RS256", PublicKey: []byte("public"), PrivateKey: []byte("private"),
		CreatedAt: stored, PublishedAt: stored,
	}
}

func addKey(t testing.TB, s *store.Store, k store.SigningKey) bool {
	t.Helper()
	return must(t, s, func(tx *store.Tx) (bool, error) { return tx.AddSigningKey(k) })
}

func schedule(t testing.TB, s *store.Store, kid string, at time.Time, sooner bool) bool {
	t.Helper()
	return must(t, s, func(tx *store.Tx) (bool, error) { return tx.ScheduleSigningKey(kid, at, sooner) })
}

func keyOf(t testing.TB, s *store.Store, kid string) store.SigningKey {
	t.Helper()
	return read(t, s, func(tx *store.Tx) (store.SigningKey, error) { return tx.SigningKey(kid) })
}

func TestSigningKey_ThereIsOneNextAtMost(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		current := signingKey()
		current.ActivatesAt = stored
		if !addKey(t, s, current) || addKey(t, s, current) {
			t.Error("a key is stored once")
		}
		var c tally
		together(parallel, func(int) {
			added, err := inWrite(t, s, func(tx *store.Tx) (bool, error) { return tx.AddSigningKey(signingKey()) })
			if err == nil && !added {
				err = errors.New("there is one")
			}
			c.add(err)
		})
		if c.good != 1 {
			t.Errorf("%d next keys were added: %v", c.good, c.bad)
		}
	})
}

func TestSigningKey_IsScheduledOnceAndRetiresTheOneBefore(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		current, next := signingKey(), signingKey()
		current.ActivatesAt = stored
		addKey(t, s, current)
		addKey(t, s, next)
		at := stored.Add(time.Hour)
		if !schedule(t, s, next.KID, at, false) {
			t.Fatal("the next key cannot be scheduled")
		}
		if schedule(t, s, next.KID, at.Add(time.Hour), false) || schedule(t, s, next.KID, stored, false) || schedule(t, s, next.KID, at, true) {
			t.Error("it was scheduled twice")
		}
		if k := keyOf(t, s, next.KID); !k.ActivatesAt.Equal(at) || !k.RetiredAt.IsZero() {
			t.Errorf("the next key %+v", k)
		}
		if k := keyOf(t, s, current.KID); !k.RetiredAt.Equal(at) {
			t.Errorf("the current key retires at %v, want %v", k.RetiredAt, at)
		}
		if !schedule(t, s, next.KID, stored.Add(time.Minute), true) {
			t.Error("it cannot be brought forward")
		}
		if k := keyOf(t, s, current.KID); !k.RetiredAt.Equal(stored.Add(time.Minute)) {
			t.Errorf("the current key retires at %v after its successor was brought forward", k.RetiredAt)
		}
		further := signingKey()
		addKey(t, s, further)
		schedule(t, s, further.KID, stored.Add(2*time.Hour), false)
		if k := keyOf(t, s, current.KID); !k.RetiredAt.Equal(stored.Add(time.Minute)) {
			t.Errorf("a later rotation moved an earlier retirement to %v", k.RetiredAt)
		}
	})
}

func TestSigningKey_ExtendsButNeverShortens(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		k := signingKey()
		addKey(t, s, k)
		for _, until := range []time.Duration{time.Hour, time.Minute, 2 * time.Hour, time.Second} {
			if err := s.Direct(t.Context()).ExtendSigningKey(k.KID, stored.Add(until)); err != nil {
				t.Fatal(err)
			}
		}
		if got := keyOf(t, s, k.KID).JWKSUntil; !got.Equal(stored.Add(2 * time.Hour)) {
			t.Errorf("in the JWKS until %v", got)
		}
	})
}

func TestSigningKey_PrivatePartsAreSealedAndForgotten(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		k := signingKey()
		k.ActivatesAt, k.RetiredAt = stored, stored.Add(time.Hour)
		addKey(t, s, k)
		direct := s.Direct(t.Context())
		for _, sealed := range []string{"sealed", "sealed twice"} {
			if err := direct.SealSigningKey(k.KID, []byte(sealed)); err != nil {
				t.Fatal(err)
			}
		}
		if got := keyOf(t, s, k.KID); string(got.PrivateKey) != "sealed" || !got.Sealed {
			t.Errorf("sealed as %q", got.PrivateKey)
		}
		if err := direct.ForgetPrivateKeys(k.RetiredAt.Add(-time.Second)); err != nil {
			t.Fatal(err)
		}
		if keyOf(t, s, k.KID).PrivateKey == nil {
			t.Error("forgotten before it retired")
		}
		if err := direct.ForgetPrivateKeys(k.RetiredAt); err != nil {
			t.Fatal(err)
		}
		if got := keyOf(t, s, k.KID); got.PrivateKey != nil || string(got.PublicKey) != "public" {
			t.Errorf("after it was forgotten: %+v", got)
		}
	})
}

func TestSigningKey_SpentOnesAreDeleted(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a, u := newApplication(t, s, p), newUser(t, s, p)
		f := newFamily(t, s, a.ID, u.ID, "user_credentials") // lives for a day from now
		newFamily(t, s, a.ID, "", "client_credentials")      // has no id token to be checked
		retired := func(at, until time.Time) string {
			k := signingKey()
			k.ActivatesAt, k.RetiredAt, k.JWKSUntil = stored.Add(-48*time.Hour), at, until
			addKey(t, s, k)
			return k.KID
		}
		before, since := stored.Add(-2*time.Hour), stored.Add(time.Minute)
		spent := retired(before, stored)
		neverUsed := retired(before, time.Time{})
		published := retired(before, stored.Add(2*time.Hour))
		needed := retired(since, stored.Add(10*time.Minute))
		current := signingKey()
		current.ActivatesAt = since
		addKey(t, s, current)

		there := func(at time.Time) map[string]bool {
			t.Helper()
			if _, err := s.Direct(t.Context()).DeleteSpentSigningKeys(at, time.Minute); err != nil {
				t.Fatal(err)
			}
			kids := map[string]bool{}
			for _, k := range read(t, s, (*store.Tx).SigningKeys) {
				kids[k.KID] = true
			}
			return kids
		}
		got := there(stored.Add(time.Hour))
		if got[spent] || got[neverUsed] || !got[published] || !got[needed] || !got[current.KID] {
			t.Errorf("kept %v of spent %s, never used %s, published %s, needed %s, current %s", got, spent, neverUsed, published, needed, current.KID)
		}
		write(t, s, func(tx *store.Tx) error {
			_, err := tx.EndFamily(f.ID, "x", stored)
			return err
		})
		if got := there(stored.Add(3 * time.Hour)); got[published] || got[needed] || len(got) != 1 {
			t.Errorf("kept %v, want only the current key", got)
		}
	})
}

func TestServerSecret_IsTheFirstOnesForAll(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		direct := s.Direct(t.Context())
		if _, err := direct.ServerSecret("x"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v, want ErrNotFound", err)
		}
		var c tally
		together(parallel, func(int) {
			added, err := direct.AddServerSecret(store.ServerSecret{Name: "x", Value: random.Key(32), CreatedAt: now})
			if err == nil && !added {
				err = errors.New("there is one")
			}
			c.add(err)
		})
		if c.good != 1 {
			t.Errorf("%d secrets of one name were added: %v", c.good, c.bad)
		}
		if err := direct.SealServerSecret("x", []byte("sealed")); err != nil {
			t.Fatal(err)
		}
		if got, err := direct.ServerSecret("x"); err != nil || !got.Sealed || string(got.Value) != "sealed" || !got.CreatedAt.Equal(stored) {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
