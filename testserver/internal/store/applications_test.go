package store_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func readApplication(t testing.TB, s *store.Store, id string) store.Application {
	t.Helper()
	return read(t, s, func(tx *store.Tx) (store.Application, error) { return tx.Application(id) })
}

func TestApplication_IsReadAsItWasCreated(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		given := application(place(t, s))
		given.RedirectURLs = []string{"https://z.example/cb?x=ü", "https://a.example/\"cb\""}
		given.ManagementAccess, given.IntrospectionAccess = true, true
		given.SecretVersion = 77 // not for the caller to say
		created := must(t, s, func(tx *store.Tx) (store.Application, error) { return tx.CreateApplication(given, now) })
		want := given
		want.SecretVersion = 1
		want.Meta = created.Meta
		if !reflect.DeepEqual(created, want) {
			t.Fatalf("created as %+v, want %+v", created, want)
		}
		if got := readApplication(t, s, created.ID); !reflect.DeepEqual(got, want) {
			t.Fatalf("read as %+v, want %+v", got, want)
		}
		got, err := s.Direct(t.Context()).ApplicationByClientID(given.ClientID)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("read by client id as %+v (%v), want %+v", got, err, want)
		}
		_, err = s.Direct(t.Context()).ApplicationByClientID("unknown")
		wantError(t, err, store.ErrNotFound)
	})
}

func TestApplication_NameClientIDAndIDAreUnique(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		elsewhere := newProject(t, s, p.SuiteID)
		first := newApplication(t, s, p)
		create := func(p store.Project, change func(*store.Application)) error {
			a := application(p)
			change(&a)
			_, err := inWrite(t, s, func(tx *store.Tx) (store.Application, error) { return tx.CreateApplication(a, later) })
			return err
		}
		sameName := func(a *store.Application) { a.Name = first.Name }
		wantTaken(t, create(p, sameName), store.NameTaken, first.ID)
		if err := create(elsewhere, sameName); err != nil {
			t.Fatalf("the same name in another project: %v", err)
		}
		wantTaken(t, create(p, func(a *store.Application) { a.ClientID = first.ClientID }), store.ClientIDTaken, first.ID)
		wantTaken(t, create(p, func(a *store.Application) { a.ID = first.ID }), store.IDTaken, first.ID)
		wantError(t, create(store.Project{ID: "nowhere", SuiteID: p.SuiteID}, func(*store.Application) {}), store.ErrReference)
		other := newSuite(t, s)
		wantError(t, create(store.Project{ID: p.ID, SuiteID: other.ID}, func(*store.Application) {}), store.ErrReference)
		wantTaken(t, create(p, func(a *store.Application) { a.Name = first.Name; a.ClientID = first.ClientID }), store.NameTaken, first.ID)
	})
}

// A field that is new is changed here too: by its type, or the test fails.
func TestApplication_EachFieldIsUpdated(t *testing.T) {
	change := func(t *testing.T, s *store.Store, a *store.Application, field string) {
		t.Helper()
		switch v := reflect.ValueOf(a).Elem().FieldByName(field); field {
		case "AllowedOrigins": // their order too
			slices.Reverse(a.AllowedOrigins)
		case "ClientAuthentication":
			a.ClientAuthentication = "assertion"
			a.SecretHash = nil
		case "FederatedCredentials":
			a.FederatedCredentials = []store.FederatedCredential{{Name: "ci", Issuer: "https://ci.example", Subject: "x", Audience: "atm"}}
		case "PublicKeys":
			a.PublicKeys = []store.PublicKey{{KeyID: "k", PEM: "pem"}}
		case "ProjectID":
			a.ProjectID = newProject(t, s, a.SuiteID).ID
		case "RedirectURLs":
			a.RedirectURLs = []string{"https://new.example/"}
		case "SuiteID":
			p := place(t, s)
			a.SuiteID, a.ProjectID = p.SuiteID, p.ID
		default:
			switch v.Kind() {
			case reflect.String:
				v.SetString(v.String() + "x")
			case reflect.Int64:
				v.SetInt(v.Int() + 1)
			case reflect.Bool:
				v.SetBool(!v.Bool())
			default:
				t.Fatalf("how is %s changed?", field)
			}
		}
	}
	fixed := []string{ // what UpdateApplication leaves
		"ID", "AuthenticatorType", "SecretHash", "PreviousSecretHash", "PreviousSecretExpiresAt",
		"SecretVersion", "Meta",
	}
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		for _, field := range reflect.VisibleFields(reflect.TypeFor[store.Application]()) {
			if len(field.Index) > 1 || slices.Contains(fixed, field.Name) {
				continue
			}
			before := newApplication(t, s, p)
			wanted := readApplication(t, s, before.ID)
			change(t, s, &wanted, field.Name)
			sent := wanted
			sent.AuthenticatorType, sent.SecretHash, sent.SecretVersion = "client_credentials", []byte("x"), 9
			after := must(t, s, func(tx *store.Tx) (store.Application, error) {
				return tx.UpdateApplication(sent, later)
			})
			if after.ETag == before.ETag {
				t.Errorf("%s: the etag did not change", field.Name)
			}
			wanted.ETag, wanted.UpdatedAt = after.ETag, later
			if !reflect.DeepEqual(after, wanted) {
				t.Errorf("%s: updated to %+v, want %+v", field.Name, after, wanted)
			}
			if got := readApplication(t, s, before.ID); !reflect.DeepEqual(got, wanted) {
				t.Errorf("%s: read as %+v, want %+v", field.Name, got, wanted)
			}
		}
	})
}

func TestApplication_UpdateKeepsTheRules(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		first, second := newApplication(t, s, p), newApplication(t, s, p)
		update := func(change func(*store.Application)) (store.Application, error) {
			a := second
			change(&a)
			return inWrite(t, s, func(tx *store.Tx) (store.Application, error) {
				return tx.UpdateApplication(a, later)
			})
		}
		same, err := update(func(*store.Application) {})
		if err != nil || !reflect.DeepEqual(same, second) {
			t.Fatalf("a no-op returned %+v (%v), want %+v", same, err, second)
		}
		_, err = update(func(a *store.Application) { a.Name = first.Name })
		wantTaken(t, err, store.NameTaken, first.ID)
		_, err = update(func(a *store.Application) { a.ClientID = first.ClientID })
		wantTaken(t, err, store.ClientIDTaken, first.ID)
		_, err = update(func(a *store.Application) { a.ID = "nowhere" })
		wantError(t, err, store.ErrNotFound)
		there := place(t, s)
		_, err = update(func(a *store.Application) { a.ProjectID = there.ID })
		wantError(t, err, store.ErrReference) // a project of another suite
		moved, err := update(func(a *store.Application) { a.SuiteID, a.ProjectID = there.SuiteID, there.ID })
		if err != nil || moved.SuiteID != there.SuiteID || moved.ProjectID != there.ID {
			t.Fatalf("moved to %+v (%v)", moved, err)
		}
	})
}

func TestApplication_SecretRotation(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		a := newApplication(t, s, place(t, s))
		f := newFamily(t, s, a.ID, "", "client_credentials")
		rotate := func(hash string, previousUntil time.Time) (store.Application, error) {
			return inWrite(t, s, func(tx *store.Tx) (store.Application, error) {
				return tx.RotateSecret(a.ID, []byte(hash), previousUntil, later)
			})
		}
		overlap := later.Add(time.Minute)
		two, err := rotate("two", overlap)
		if err != nil {
			t.Fatal(err)
		}
		if two.SecretVersion != 2 || two.ETag == a.ETag || !two.UpdatedAt.Equal(later) || string(two.SecretHash) != "two" ||
			string(two.PreviousSecretHash) != "hash one" || !two.PreviousSecretExpiresAt.Equal(overlap) {
			t.Fatalf("rotated to %+v", two)
		}
		if got := readApplication(t, s, a.ID); !reflect.DeepEqual(got, two) {
			t.Fatalf("read as %+v, want %+v", got, two)
		}
		// Without an overlap the one before ends, and so does the one before that.
		three, err := rotate("three", time.Time{})
		if err != nil || three.SecretVersion != 3 || three.PreviousSecretHash != nil || !three.PreviousSecretExpiresAt.IsZero() {
			t.Fatalf("rotated to %+v (%v)", three, err)
		}
		if got := readApplication(t, s, a.ID); !reflect.DeepEqual(got, three) {
			t.Fatalf("read as %+v, want %+v", got, three)
		}
		if why := revokedBecause(t, s, f.ID); why != "" {
			t.Fatalf("a rotation ended a family: %s", why)
		}
	})
}

func TestApplication_BecomesAPublicClientAndBack(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a, other := newApplication(t, s, p), newApplication(t, s, p)
		change := func(authentication string) store.Application {
			return must(t, s, func(tx *store.Tx) (store.Application, error) {
				b, err := tx.Application(a.ID)
				if err != nil {
					return b, err
				}
				b.ClientAuthentication = authentication
				return tx.UpdateApplication(b, later)
			})
		}
		rotate := func(overlap time.Time) store.Application {
			return must(t, s, func(tx *store.Tx) (store.Application, error) {
				return tx.RotateSecret(a.ID, []byte("new"), overlap, later)
			})
		}
		rotate(later.Add(time.Hour))
		mine, others := newFamily(t, s, a.ID, "", "x"), newFamily(t, s, other.ID, "", "x")
		public := change("none")
		if public.SecretHash != nil || public.PreviousSecretHash != nil || !public.PreviousSecretExpiresAt.IsZero() || public.SecretVersion != 2 {
			t.Errorf("a public client keeps a secret: %+v", public)
		}
		if got := readApplication(t, s, a.ID); !reflect.DeepEqual(got, public) {
			t.Errorf("read as %+v, want %+v", got, public)
		}
		if revokedBecause(t, s, mine.ID) == "" || revokedBecause(t, s, others.ID) != "" {
			t.Error("not exactly the application's own families ended")
		}
		fresh := newFamily(t, s, a.ID, "", "x")
		if again := change("none"); !reflect.DeepEqual(again, public) {
			t.Errorf("the same again changed it to %+v", again)
		}
		if back := change("secret"); back.SecretHash != nil || back.ETag == public.ETag || back.SecretVersion != 2 {
			t.Errorf("a change to secret made %+v", back)
		}
		if set := rotate(later.Add(time.Hour)); string(set.SecretHash) != "new" || set.PreviousSecretHash != nil ||
			!set.PreviousSecretExpiresAt.IsZero() || set.SecretVersion != 3 {
			t.Errorf("the first secret after that: %+v", set)
		}
		if why := revokedBecause(t, s, fresh.ID); why != "" {
			t.Errorf("a family of the public client ended: %s", why)
		}
	})
}

func TestApplication_PublicClientIsCreatedWithoutASecret(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		given := application(place(t, s))
		given.ClientAuthentication, given.SecretHash = "none", nil
		made := must(t, s, func(tx *store.Tx) (store.Application, error) { return tx.CreateApplication(given, now) })
		if got := readApplication(t, s, made.ID); got.SecretHash != nil || got.SecretVersion != 0 || !reflect.DeepEqual(got, made) {
			t.Errorf("read as %+v, want %+v", got, made)
		}
		given = application(place(t, s))
		given.ClientAuthentication = "none"
		if _, err := inWrite(t, s, func(tx *store.Tx) (store.Application, error) { return tx.CreateApplication(given, now) }); err == nil {
			t.Error("a public client was stored with a secret")
		}
		if _, err := inWrite(t, s, func(tx *store.Tx) (store.Application, error) {
			return tx.RotateSecret(made.ID, []byte("h"), time.Time{}, now)
		}); err == nil {
			t.Error("a public client was given a secret")
		}
	})
}

func TestApplication_WithUsersIsNotDeleted(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		a, u := newApplication(t, s, p), newUser(t, s, p)
		f := newFamily(t, s, a.ID, u.ID, "user_credentials")
		assign(t, s, a.ID, u.ID, true)
		remove := func() error {
			return s.Write(t.Context(), func(tx *store.Tx) error { return tx.DeleteApplication(a.ID) })
		}
		wantError(t, remove(), store.ErrHasUsers)
		write(t, s, func(tx *store.Tx) error { return tx.DeleteAssignment(a.ID, u.ID, later) })
		if err := remove(); err != nil {
			t.Fatal(err)
		}
		wantError(t, remove(), store.ErrNotFound)
		_, err := s.Direct(t.Context()).GrantByFamily(f.ID)
		wantError(t, err, store.ErrNotFound)
	})
}
