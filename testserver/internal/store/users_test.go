package store_test

import (
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func readUser(t testing.TB, s *store.Store, id string) store.User {
	t.Helper()
	return read(t, s, func(tx *store.Tx) (store.User, error) { return tx.User(id) })
}

func TestUser_IsReadAsItWasCreated(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		given := user(p)
		given.PasswordHash = "argon2id…"
		created := must(t, s, func(tx *store.Tx) (store.User, error) { return tx.CreateUser(given, now) })
		given.Meta = created.Meta
		if created != given || readUser(t, s, given.ID) != given {
			t.Fatalf("created as %+v, read as %+v, want %+v", created, readUser(t, s, given.ID), given)
		}
		other := newUser(t, s, p)
		byID := read(t, s, func(tx *store.Tx) (map[string]store.User, error) {
			return tx.UsersByID([]string{other.ID, given.ID, "nobody"})
		})
		if len(byID) != 2 || byID[given.ID] != given || byID[other.ID] != other {
			t.Fatalf("read by ids as %+v", byID)
		}
		none := read(t, s, func(tx *store.Tx) (map[string]store.User, error) { return tx.UsersByID(nil) })
		if len(none) != 0 {
			t.Fatalf("no ids gave %+v", none)
		}
	})
}

func TestUser_EmailIsUniqueWithoutRegardToCase(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		given := user(p)
		given.Email = "Änne@Example.COM"
		created := must(t, s, func(tx *store.Tx) (store.User, error) { return tx.CreateUser(given, now) })
		if created.Email != given.Email {
			t.Fatalf("the email address became %q", created.Email)
		}
		for _, spelling := range []string{"Änne@Example.COM", "änne@example.com", "ÄNNE@EXAMPLE.com"} {
			again := user(p)
			again.Email = spelling
			_, err := inWrite(t, s, func(tx *store.Tx) (store.User, error) { return tx.CreateUser(again, later) })
			wantTaken(t, err, store.EmailTaken, given.ID)
			found, err := s.Direct(t.Context()).UserByEmail(spelling)
			if err != nil || found != created {
				t.Fatalf("looked up by %q: %+v (%v)", spelling, found, err)
			}
		}
		again := user(p)
		again.ID = given.ID
		_, err := inWrite(t, s, func(tx *store.Tx) (store.User, error) { return tx.CreateUser(again, later) })
		wantTaken(t, err, store.IDTaken, given.ID)
		other := newUser(t, s, p)
		other.Email = "änne@example.com"
		_, err = inWrite(t, s, func(tx *store.Tx) (store.User, error) { return tx.UpdateUser(other, later) })
		wantTaken(t, err, store.EmailTaken, given.ID)
		// One's own in another spelling is a change, not a conflict.
		created.Email = "änne@example.com"
		changed := must(t, s, func(tx *store.Tx) (store.User, error) { return tx.UpdateUser(created, later) })
		if got := readUser(t, s, created.ID); got.Email != created.Email || got.ETag == created.ETag || got != changed {
			t.Fatalf("changed to %+v", got)
		}
	})
}

func TestUser_EachFieldIsUpdated(t *testing.T) {
	changes := map[string]func(*store.User){
		"email":   func(u *store.User) { u.Email = named("changed") + "@example.com" },
		"first":   func(u *store.User) { u.FirstName = "Changed" },
		"last":    func(u *store.User) { u.LastName = "Changed" },
		"role":    func(u *store.User) { u.Role = "super_admin" },
		"enabled": func(u *store.User) { u.Enabled = false },
		"nothing": func(*store.User) {},
	}
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p, there := place(t, s), place(t, s)
		for name, change := range changes {
			before := newUser(t, s, p)
			wanted := before
			change(&wanted)
			wanted.PasswordHash = "not set this way"
			after := must(t, s, func(tx *store.Tx) (store.User, error) { return tx.UpdateUser(wanted, later) })
			wanted.PasswordHash = before.PasswordHash
			if name != "nothing" {
				if after.ETag == before.ETag {
					t.Errorf("%s: the etag did not change", name)
				}
				wanted.ETag, wanted.UpdatedAt = after.ETag, later
			}
			if got := readUser(t, s, before.ID); after != wanted || got != wanted {
				t.Errorf("%s: updated to %+v, read as %+v, want %+v", name, after, got, wanted)
			}
		}
		u := newUser(t, s, p)
		moved := u
		moved.ProjectID = there.ID
		_, err := inWrite(t, s, func(tx *store.Tx) (store.User, error) { return tx.UpdateUser(moved, later) })
		wantError(t, err, store.ErrReference) // a project of another suite
		moved.SuiteID = there.SuiteID
		must(t, s, func(tx *store.Tx) (store.User, error) { return tx.UpdateUser(moved, later) })
	})
}

func TestUser_DisablingEndsAllRefreshFamilies(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a, b, u, other := newApplication(t, s, p), newApplication(t, s, p), newUser(t, s, p), newUser(t, s, p)
		mine := []store.TokenFamily{
			newFamily(t, s, a.ID, u.ID, "user_credentials"), newFamily(t, s, b.ID, u.ID, "authorization_code"),
		}
		others := newFamily(t, s, a.ID, other.ID, "user_credentials")
		u.Enabled = false
		u = must(t, s, func(tx *store.Tx) (store.User, error) { return tx.UpdateUser(u, later) })
		for _, f := range mine {
			if why := revokedBecause(t, s, f.ID); why != "user disabled" {
				t.Fatalf("family revoked because %q", why)
			}
		}
		if why := revokedBecause(t, s, others.ID); why != "" {
			t.Fatalf("another user's family was revoked: %s", why)
		}
		// Enabling does not bring them back.
		u.Enabled = true
		must(t, s, func(tx *store.Tx) (store.User, error) { return tx.UpdateUser(u, later) })
		if revokedBecause(t, s, mine[0].ID) == "" {
			t.Fatal("an ended family came back")
		}
	})
}

func TestUser_PasswordResetEndsWhatBeganWithAPassword(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a, u, other := newApplication(t, s, p), newUser(t, s, p), newUser(t, s, p)
		machine := newFamily(t, s, a.ID, u.ID, "user_credentials")
		page := newFamily(t, s, a.ID, u.ID, "authorization_code")
		others := newFamily(t, s, a.ID, other.ID, "authorization_code")
		write(t, s, func(tx *store.Tx) error { return tx.SetPassword(u.ID, "another hash", "super_admin", later) })
		want := u
		want.PasswordHash, want.PasswordRole = "another hash", "super_admin"
		if got := readUser(t, s, u.ID); got != want {
			t.Fatalf("read as %+v, want %+v: the etag stays", got, want)
		}
		if why := revokedBecause(t, s, page.ID); why != "password reset" {
			t.Fatalf("the sign-in page's family was revoked because %q", why)
		}
		for _, f := range []store.TokenFamily{machine, others} {
			if why := revokedBecause(t, s, f.ID); why != "" {
				t.Fatalf("family of %s revoked because %q", f.GrantType, why)
			}
		}
		err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.SetPassword("nobody", "h", "super_admin", later) })
		wantError(t, err, store.ErrNotFound)
	})
}

func TestUser_DeletionTakesAssignmentsFamiliesAndKeysAlong(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a, u := newApplication(t, s, p), newUser(t, s, p)
		assign(t, s, a.ID, u.ID, true)
		f := newFamily(t, s, a.ID, u.ID, "user_credentials")
		rec := reserve(t, s, u.ID, "their key")
		remove := func() error {
			return s.Write(t.Context(), func(tx *store.Tx) error { return tx.DeleteUser(u.ID) })
		}
		if err := remove(); err != nil {
			t.Fatal(err)
		}
		wantError(t, remove(), store.ErrNotFound)
		_, err := s.Direct(t.Context()).Assignment(a.ID, u.ID)
		wantError(t, err, store.ErrNotFound)
		_, err = s.Direct(t.Context()).GrantByFamily(f.ID)
		wantError(t, err, store.ErrNotFound)
		_, err = s.Direct(t.Context()).IdempotencyRecord(u.ID, rec.KeyHash, now)
		wantError(t, err, store.ErrNotFound)
		write(t, s, func(tx *store.Tx) error { return tx.DeleteApplication(a.ID) })
	})
}
