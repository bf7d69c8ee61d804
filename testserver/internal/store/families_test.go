package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// rotation replaces the current refresh token of f by another.
func rotation(f store.TokenFamily) store.Rotation {
	return store.Rotation{
		FamilyID: f.ID, Generation: f.Generation, Presented: f.RefreshHash, Successor: random.Key(32),
		RefreshExpiresAt: f.ExpiresAt.Add(time.Hour), ExpiresAt: f.ExpiresAt.Add(time.Hour), Now: stored.Add(time.Minute),
	}
}

func grantByToken(t testing.TB, s *store.Store, hash []byte) store.Grant {
	t.Helper()
	return read(t, s, func(tx *store.Tx) (store.Grant, error) { return tx.GrantByRefreshToken(hash) })
}

func TestFamily_IsReadAsItWasCreated(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a, u := newApplication(t, s, p), newUser(t, s, p)
		a.IntrospectionAccess = true
		a = must(t, s, func(tx *store.Tx) (store.Application, error) { return tx.UpdateApplication(a, later) })
		assign(t, s, a.ID, u.ID, true)
		f := newFamily(t, s, a.ID, u.ID, "user_credentials")
		for name, g := range map[string]store.Grant{
			"by id":    read(t, s, func(tx *store.Tx) (store.Grant, error) { return tx.GrantByFamily(f.ID) }),
			"by token": grantByToken(t, s, f.RefreshHash),
		} {
			if g.Family.ID != f.ID || g.Family.ApplicationID != a.ID || g.Family.UserID != u.ID ||
				string(g.Family.RefreshHash) != string(f.RefreshHash) || !g.Family.ExpiresAt.Equal(f.ExpiresAt) ||
				!g.Family.AuthTime.Equal(stored) || g.Family.Generation != 0 || !g.Family.Alive(stored) || g.Family.Alive(f.ExpiresAt) {
				t.Errorf("%s: family %+v, want %+v", name, g.Family, f)
			}
			if g.Client.ClientID != a.ClientID || g.Client.SuiteID != p.SuiteID || g.Client.ClientAuthentication != "secret" ||
				g.Client.IntrospectionAccess != a.IntrospectionAccess || g.Client.AccessTokenLifespan != 10*time.Minute ||
				g.Client.RefreshTokenGracePeriod != 5*time.Second {
				t.Errorf("%s: application %+v", name, g.Client)
			}
			if g.User.Email != u.Email || !g.User.Enabled || !g.User.Assigned || !g.User.AssignmentEnabled || g.Used {
				t.Errorf("%s: user %+v, used %v", name, g.User, g.Used)
			}
		}
	})
}

func TestFamily_OfAnUnknownApplicationIsAReference(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		err := s.Direct(t.Context()).CreateFamily(store.TokenFamily{ID: random.ID(), ApplicationID: "gone", GrantType: "x"})
		if !errors.Is(err, store.ErrReference) {
			t.Errorf("%v, want ErrReference", err)
		}
	})
}

func TestFamily_RotationKeepsTheUsedTokenAndCounts(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		f := newFamily(t, s, newApplication(t, s, p).ID, newUser(t, s, p).ID, "user_credentials")
		r := rotation(f)
		write(t, s, func(tx *store.Tx) error { return tx.RotateFamily(r) })
		g := grantByToken(t, s, r.Successor)
		if g.Used || g.Family.Generation != 1 || !g.Family.ExpiresAt.Equal(r.ExpiresAt) || !g.Family.RefreshExpiresAt.Equal(r.RefreshExpiresAt) {
			t.Errorf("by the successor: %+v %+v", g, g.Family)
		}
		g = grantByToken(t, s, r.Presented)
		if !g.Used || g.UsedGeneration != 0 || !g.UsedAt.Equal(r.Now) || g.Family.ID != f.ID {
			t.Errorf("by the used token: %+v", g)
		}
		for name, stale := range map[string]store.Rotation{
			"again":            r,
			"wrong generation": {FamilyID: f.ID, Generation: 0, Presented: r.Successor, Successor: random.Key(32), Now: stored},
			"wrong family":     {FamilyID: "x", Generation: 1, Presented: r.Successor, Successor: random.Key(32), Now: stored},
		} {
			if err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.RotateFamily(stale) }); !errors.Is(err, store.ErrStale) {
				t.Errorf("%s: %v, want ErrStale", name, err)
			}
		}
		direct := s.Direct(t.Context())
		longer := r.ExpiresAt.Add(time.Hour)
		if err := direct.RepeatRotation(f.ID, 0, longer); !errors.Is(err, store.ErrStale) {
			t.Errorf("a repetition of an older generation: %v, want ErrStale", err)
		}
		if err := direct.RepeatRotation(f.ID, 1, longer); err != nil {
			t.Fatal(err)
		}
		if g := grantByToken(t, s, r.Successor); !g.Family.ExpiresAt.Equal(longer) || g.Family.Generation != 1 {
			t.Errorf("after a repetition: %+v", g.Family)
		}
	})
}

func TestFamily_EndedIsNotRotated(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		f := newFamily(t, s, newApplication(t, s, p).ID, newUser(t, s, p).ID, "user_credentials")
		direct := s.Direct(t.Context())
		for i, want := range []bool{true, false} { // the first reason stays
			ended, err := direct.EndFamily(f.ID, []string{"first", "second"}[i], stored)
			if err != nil || ended != want {
				t.Fatalf("end: %v, %v", ended, err)
			}
		}
		if got := revokedBecause(t, s, f.ID); got != "first" {
			t.Errorf("ended because %q", got)
		}
		if err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.RotateFamily(rotation(f)) }); !errors.Is(err, store.ErrStale) {
			t.Errorf("rotate: %v, want ErrStale", err)
		}
		if err := direct.RepeatRotation(f.ID, 0, f.ExpiresAt); !errors.Is(err, store.ErrStale) {
			t.Errorf("repeat: %v, want ErrStale", err)
		}
	})
}

func TestFamilies_EndBySelection(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a, b, u, v := newApplication(t, s, p), newApplication(t, s, p), newUser(t, s, p), newUser(t, s, p)
		for _, c := range []struct {
			name              string
			user, application string
			ends              [4]bool // of u at a, u at b, v at a, v at b
		}{
			{"user at an application", u.ID, a.ID, [4]bool{true, false, false, false}},
			{"user", u.ID, "", [4]bool{true, true, false, false}},
			{"application", "", a.ID, [4]bool{true, false, true, false}},
		} {
			families := [4]store.TokenFamily{
				newFamily(t, s, a.ID, u.ID, "user_credentials"), newFamily(t, s, b.ID, u.ID, "user_credentials"),
				newFamily(t, s, a.ID, v.ID, "user_credentials"), newFamily(t, s, b.ID, v.ID, "user_credentials"),
			}
			write(t, s, func(tx *store.Tx) error {
				_, err := tx.EndFamilies(c.user, c.application, c.name, stored)
				return err
			})
			for i, f := range families {
				if ended := revokedBecause(t, s, f.ID) == c.name; ended != c.ends[i] {
					t.Errorf("%s: family %d ended %v, want %v", c.name, i, ended, c.ends[i])
				}
			}
		}
		if _, err := s.Direct(t.Context()).EndFamilies("", "", "x", stored); err == nil {
			t.Error("families can be ended without naming a user or an application")
		}
	})
}

func TestConcurrent_OneOfManyRotationsSucceeds(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		f := newFamily(t, s, newApplication(t, s, p).ID, newUser(t, s, p).ID, "user_credentials")
		for generation := range int64(10) {
			f.Generation = generation
			var c tally
			winners := make([][]byte, parallel)
			together(parallel, func(i int) {
				r := rotation(f)
				err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.RotateFamily(r) })
				if err == nil {
					winners[i] = r.Successor
				}
				c.add(err)
			})
			if c.good != 1 {
				t.Fatalf("%d of %d rotations succeeded: %v", c.good, parallel, c.bad)
			}
			for _, err := range c.bad {
				if !errors.Is(err, store.ErrStale) {
					t.Fatalf("a rotation that lost: %v, want ErrStale", err)
				}
			}
			for _, w := range winners {
				if w != nil {
					f.RefreshHash = w
				}
			}
			if g := grantByToken(t, s, f.RefreshHash); g.Family.Generation != generation+1 {
				t.Fatalf("generation %d after %d rotations", g.Family.Generation, generation+1)
			}
		}
	})
}

func TestGrantByLogin_FindsEachWhetherOrNotTheOtherExists(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a, u := newApplication(t, s, p), newUser(t, s, p)
		for _, c := range []struct {
			clientID, email             string
			application, user, assigned bool
		}{
			{"unknown", "unknown", false, false, false},
			{a.ClientID, "unknown", true, false, false},
			{"unknown", u.Email, false, true, false},
			{a.ClientID, u.Email, true, true, false},
			{a.ClientID, "\x00", true, false, false},
		} {
			g := read(t, s, func(tx *store.Tx) (store.Grant, error) { return tx.GrantByLogin(c.clientID, c.email) })
			if (g.Client != nil) != c.application || (g.User != nil) != c.user {
				t.Errorf("%q and %q: application %v, user %v", c.clientID, c.email, g.Client != nil, g.User != nil)
			}
		}
		assign(t, s, a.ID, u.ID, false)
		g := read(t, s, func(tx *store.Tx) (store.Grant, error) { return tx.GrantByUser(a.ClientID, u.ID) })
		if !g.User.Assigned || g.User.AssignmentEnabled {
			t.Errorf("a disabled assignment: %+v", g.User)
		}
	})
}

func TestOriginAllowedByAny_ComparesLiterally(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		a := newApplication(t, s, place(t, s))
		allowed := func(origin string) bool {
			return read(t, s, func(tx *store.Tx) (bool, error) { return tx.OriginAllowedByAny(origin) })
		}
		for origin, want := range map[string]bool{
			"https://a.example": true, "https://b.example": true, "https://c.example": false, "https://a.exampl": false,
			"": false, "%": false, "https://_.example": false, `"`: false, `\`: false, "https://a.example\x00": false,
		} {
			if got := allowed(origin); got != want {
				t.Errorf("%q: %v, want %v", origin, got, want)
			}
		}
		a.AllowedOrigins = []string{"*"}
		must(t, s, func(tx *store.Tx) (store.Application, error) { return tx.UpdateApplication(a, now) })
		if !allowed("https://c.example") {
			t.Error("* does not allow all")
		}
	})
}

func TestFamily_OfAUserWhoIsNotEnabledIsNotStored(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a := newApplication(t, s, p)
		disabled, toggled, unassigned, ready := newUser(t, s, p), newUser(t, s, p), newUser(t, s, p), newUser(t, s, p)
		assign(t, s, a.ID, disabled.ID, true)
		assign(t, s, a.ID, toggled.ID, false)
		assign(t, s, a.ID, ready.ID, true)
		assign(t, s, newApplication(t, s, p).ID, unassigned.ID, true)
		disabled.Enabled = false
		must(t, s, func(tx *store.Tx) (store.User, error) { return tx.UpdateUser(disabled, now) })
		for name, tt := range map[string]struct {
			user string
			want error
		}{
			"disabled": {disabled.ID, store.ErrNotEnabled}, "toggled off": {toggled.ID, store.ErrNotEnabled},
			"not assigned": {unassigned.ID, store.ErrNotEnabled}, "gone": {"gone", store.ErrNotEnabled}, "ready": {ready.ID, nil},
		} {
			f := store.TokenFamily{
				ID: random.ID(), ApplicationID: a.ID, UserID: tt.user, GrantType: "user_credentials", RefreshHash: random.Key(32),
				RefreshExpiresAt: later, AuthTime: stored, CreatedAt: stored, ExpiresAt: later,
			}
			if err := s.Direct(t.Context()).CreateFamily(f); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", name, err, tt.want)
			}
			if _, err := s.Direct(t.Context()).GrantByFamily(f.ID); (err == nil) != (tt.want == nil) {
				t.Errorf("%s: read as %v", name, err)
			}
		}
	})
}
