package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func TestCode_IsClaimedOnceByItsApplication(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a, b, u := newApplication(t, s, p), newApplication(t, s, p), newUser(t, s, p)
		code := store.AuthorizationCode{
			Hash: random.Key(32), ApplicationID: a.ID, UserID: u.ID, RedirectURI: "https://app.example/cb",
			CodeChallenge: "challenge", Nonce: "nonce", AuthTime: stored, CreatedAt: stored, ExpiresAt: stored.Add(time.Minute),
		}
		direct := s.Direct(t.Context())
		if err := direct.CreateCode(code); err != nil {
			t.Fatal(err)
		}
		if _, err := direct.ClaimCode(code.Hash, b.ID, "f", stored); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another application's claim: %v, want ErrNotFound", err)
		}
		if _, err := inWrite(t, s, func(tx *store.Tx) (string, error) {
			return tx.ReplayCode(code.Hash, a.ID, "x", stored)
		}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the replay of an unused code: %v, want ErrNotFound", err)
		}
		var c tally
		together(parallel, func(int) {
			claimed, err := direct.ClaimCode(code.Hash, a.ID, "family", stored)
			c.add(err)
			want := code
			want.FamilyID = "family"
			if err == nil && (claimed.RedirectURI != want.RedirectURI || claimed.CodeChallenge != want.CodeChallenge ||
				claimed.Nonce != want.Nonce || claimed.UserID != u.ID || claimed.FamilyID != "family" || !claimed.ExpiresAt.Equal(want.ExpiresAt)) {
				t.Errorf("claimed %+v, want %+v", claimed, want)
			}
		})
		if c.good != 1 {
			t.Errorf("%d of %d claims succeeded: %v", c.good, parallel, c.bad)
		}
		for _, err := range c.bad {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a claim that lost: %v, want ErrNotFound", err)
			}
		}
	})
}

// A replay and the storing of the family that it has to end may come in any
// order: never does the family live.
func TestConcurrent_ReplayEndsTheFamilyInAnyOrder(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a, u := newApplication(t, s, p), newUser(t, s, p)
		for range 20 {
			assign(t, s, a.ID, u.ID, true)
			hash, familyID := newCode(t, s, a.ID, u.ID, stored.Add(time.Minute)), random.ID()
			if _, err := s.Direct(t.Context()).ClaimCode(hash, a.ID, familyID, stored); err != nil {
				t.Fatal(err)
			}
			together(4, func(i int) {
				if i > 0 {
					try(t, s, func(tx *store.Tx) error {
						got, err := tx.ReplayCode(hash, a.ID, "replay", stored)
						if err == nil && got != familyID {
							t.Errorf("replay of family %s, want %s", got, familyID)
						}
						return err
					})
					return
				}
				err := s.Write(t.Context(), func(tx *store.Tx) error {
					return tx.CreateFamilyOfCode(hash, store.TokenFamily{ID: familyID, ApplicationID: a.ID, UserID: u.ID,
						GrantType: "authorization_code", RefreshHash: random.Key(32), RefreshExpiresAt: later,
						AuthTime: stored, CreatedAt: stored, ExpiresAt: later})
				})
				if err != nil && !errors.Is(err, store.ErrStale) {
					t.Error(err)
				}
			})
			g, err := s.Direct(t.Context()).GrantByFamily(familyID)
			if err == nil && g.Family.RevokedAt.IsZero() {
				t.Fatal("the family outlives the replay")
			}
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				t.Fatal(err)
			}
		}
	})
}

func TestCode_UsedOneStaysWhileItsFamilyDoes(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a, u := newApplication(t, s, p), newUser(t, s, p)
		assign(t, s, a.ID, u.ID, true)
		hash, familyID := newCode(t, s, a.ID, u.ID, stored.Add(time.Minute)), random.ID()
		direct := s.Direct(t.Context())
		if _, err := direct.ClaimCode(hash, a.ID, familyID, stored); err != nil {
			t.Fatal(err)
		}
		write(t, s, func(tx *store.Tx) error {
			return tx.CreateFamilyOfCode(hash, store.TokenFamily{ID: familyID, ApplicationID: a.ID, UserID: u.ID,
				GrantType: "authorization_code", AuthTime: stored, CreatedAt: stored, ExpiresAt: later})
		})
		afterwards := later.Add(time.Hour)
		if n, err := direct.DeleteExpiredCodes(afterwards, 10); n != 0 || err != nil {
			t.Errorf("%d codes deleted while the family is there, %v", n, err)
		}
		if n, err := direct.DeleteExpiredFamilies(afterwards, 10); n != 1 || err != nil {
			t.Errorf("%d families deleted, %v", n, err)
		}
		if n, err := direct.DeleteExpiredCodes(afterwards, 10); n != 1 || err != nil {
			t.Errorf("%d codes deleted, %v", n, err)
		}
	})
}
