package administrator_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/administrator"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/seed"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

var now = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

const (
	secretA = "480nulBeBGqJDoAOADC0CW2frGTDVEmq"
	secretB = "qmEVDTGrf2WC0CDAOAoDJqGBeBlun084"
)

func open(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func ensure(t *testing.T, s *store.Store, wanted administrator.Credentials) administrator.Credentials {
	t.Helper()
	got, err := administrator.Ensure(t.Context(), s, wanted, now)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// etags are those of everything that the administrator consists of.
func etags(t *testing.T, s *store.Store) string {
	t.Helper()
	var all []string
	err := s.Read(t.Context(), func(tx *store.Tx) error {
		page, every := store.Page{Limit: 10}, store.Everything()
		suites, err := tx.Suites(store.SuiteFilter{Scope: every}, page)
		for _, o := range suites.Items {
			all = append(all, o.ETag)
		}
		if err != nil {
			return err
		}
		projects, err := tx.Projects(store.ProjectFilter{Scope: every}, page)
		for _, o := range projects.Items {
			all = append(all, o.ETag)
		}
		if err != nil {
			return err
		}
		applications, err := tx.Applications(store.ApplicationFilter{Scope: every}, page)
		for _, o := range applications.Items {
			all = append(all, o.ETag)
		}
		if err != nil {
			return err
		}
		users, err := tx.Users(store.UserFilter{Scope: every}, page)
		for _, o := range users.Items {
			all = append(all, o.ETag)
		}
		if err != nil {
			return err
		}
		assignments, err := tx.Assignments(store.AssignmentFilter{Scope: every}, page)
		for _, o := range assignments.Items {
			all = append(all, o.ETag)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 5 {
		t.Errorf("the administrator consists of %d objects, want 5", len(all))
	}
	return strings.Join(all, " ")
}

func TestEnsure_MakesUpWhatIsNotGivenAndNothingAgain(t *testing.T) {
	t.Parallel()
	s := open(t)
	first := ensure(t, s, administrator.Credentials{})
	if len(first.ClientID) != 20 || len(first.ClientSecret) != 32 || first.LoginID != administrator.DefaultLoginID {
		t.Errorf("made up: client id of %d, secret of %d, login id %s", len(first.ClientID), len(first.ClientSecret), first.LoginID)
	}
	before := etags(t, s)
	again := ensure(t, s, administrator.Credentials{})
	if again.ClientID != first.ClientID || again.LoginID != first.LoginID || again.ClientSecret != "" {
		t.Error("a second start made something up")
	}
	ensure(t, s, first)
	if etags(t, s) != before {
		t.Error("the same wishes changed something")
	}
}

func TestEnsure_OtherValuesUpdateTheSameObjects(t *testing.T) {
	t.Parallel()
	s := open(t)
	ensure(t, s, administrator.Credentials{ClientID: "first", ClientSecret: secretA, LoginID: "first@example.com"})
	wanted := administrator.Credentials{ClientID: "second", ClientSecret: secretB, LoginID: "second@example.com"}
	got := ensure(t, s, wanted)
	if got.ClientID != wanted.ClientID || got.ClientSecret != wanted.ClientSecret || got.LoginID != wanted.LoginID {
		t.Error("the credentials are not those that were wanted")
	}
	etags(t, s)
	err := s.Read(t.Context(), func(tx *store.Tx) error {
		grant, err := tx.GrantByLogin("second", "second@example.com")
		if err != nil {
			return err
		}
		if grant.Client == nil || grant.User == nil || !grant.User.Enabled || !grant.User.AssignmentEnabled {
			t.Errorf("the second credentials do not sign in: %+v", grant)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEnsure_MendsWhatWasTakenFromTheAdministratorWhereItIsWanted(t *testing.T) {
	t.Parallel()
	s := open(t)
	got := ensure(t, s, administrator.Credentials{})
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		u, err := tx.UserByEmail(got.LoginID)
		if err != nil {
			return err
		}
		u.Role, u.Enabled = "system_user", false
		if _, err := tx.UpdateUser(u, now); err != nil {
			return err
		}
		a, err := tx.ApplicationByClientID(got.ClientID)
		if err != nil {
			return err
		}
		a.ManagementAccess = false
		if _, err := tx.UpdateApplication(a, now); err != nil {
			return err
		}
		return tx.DeleteAssignment(a.ID, u.ID, now)
	})
	if err != nil {
		t.Fatal(err)
	}
	ensure(t, s, administrator.Credentials{})
	check := func(mended bool) {
		t.Helper()
		err := s.Read(t.Context(), func(tx *store.Tx) error {
			u, err := tx.UserByEmail(got.LoginID)
			if err != nil {
				return err
			}
			a, err := tx.ApplicationByClientID(got.ClientID)
			if err != nil {
				return err
			}
			assigned, err := tx.Assignment(a.ID, u.ID)
			if errors.Is(err, store.ErrNotFound) {
				err = nil
			}
			if (u.Role == "super_admin") != mended || u.Enabled != mended || a.ManagementAccess != mended || assigned.Enabled != mended {
				t.Errorf("user %+v, application %+v, assignment %+v", u, a, assigned)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	check(false)
	ensure(t, s, got)
	check(true)
}

func TestEnsure_OnlyASuperAdminWhoHasTheLoginIDBecomesTheAdministrator(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"super_admin", "suite_admin", "system_user"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			ensure(t, s, administrator.Credentials{LoginID: "first@example.com"})
			other := write(t, s, func(tx *store.Tx) (store.User, error) {
				first, err := tx.UserByEmail("first@example.com")
				if err != nil {
					return first, err
				}
				return tx.CreateUser(store.User{
					ID: "other", Email: "Other@example.com", FirstName: "Other", Role: role, Enabled: true,
					SuiteID: first.SuiteID, ProjectID: first.ProjectID,
				}, now)
			})
			got, err := administrator.Ensure(t.Context(), s, administrator.Credentials{LoginID: "other@example.com"}, now)
			if role != "super_admin" {
				wantError(t, err, "--admin-login-id", other.ID)
				if after, err := s.Direct(t.Context()).User(other.ID); err != nil || after.ETag != other.ETag {
					t.Errorf("the user is %+v, %v", after, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			grant, err := s.Direct(t.Context()).GrantByLogin(got.ClientID, "other@example.com")
			if err != nil || grant.User == nil || grant.User.UserID != other.ID || !grant.User.AssignmentEnabled {
				t.Errorf("got %+v, %v", grant.User, err)
			}
		})
	}
}

func TestEnsure_AnApplicationWithoutASuperAdminNeedsANewSecret(t *testing.T) {
	t.Parallel()
	s := open(t)
	got := ensure(t, s, administrator.Credentials{})
	before := write(t, s, func(tx *store.Tx) (store.Application, error) {
		a, err := tx.ApplicationByClientID(got.ClientID)
		if err != nil {
			return a, err
		}
		u, err := tx.UserByEmail(got.LoginID)
		if err != nil {
			return a, err
		}
		return a, tx.DeleteAssignment(a.ID, u.ID, now)
	})
	_, err := administrator.Ensure(t.Context(), s, administrator.Credentials{LoginID: got.LoginID}, now)
	wantError(t, err, "--admin-client-secret")
	ensure(t, s, administrator.Credentials{LoginID: got.LoginID, ClientSecret: secretB})
	after, err := s.Direct(t.Context()).Application(before.ID)
	if err != nil || after.SecretVersion != before.SecretVersion+1 {
		t.Errorf("got %+v, %v", after, err)
	}
}

// withoutIDs makes a store one that was written before ids were stored.
func withoutIDs(t *testing.T, s *store.Store) {
	t.Helper()
	write(t, s, func(tx *store.Tx) (struct{}, error) {
		for _, what := range []store.ObjectType{store.SuiteObject, store.ProjectObject, store.ApplicationObject, store.UserObject} {
			if err := tx.DeleteSeededObject(seed.AdministratorKey(what)); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
}

func TestEnsure_AStoreWithoutIDsKeepsItsAdministrator(t *testing.T) {
	t.Parallel()
	s := open(t)
	first := ensure(t, s, administrator.Credentials{})
	before := etags(t, s)
	withoutIDs(t, s)
	if got := ensure(t, s, administrator.Credentials{}); got.ClientID != first.ClientID || got.LoginID != first.LoginID {
		t.Errorf("got %+v, want %+v", got, first)
	}
	withoutIDs(t, s)
	ensure(t, s, first)
	if etags(t, s) != before {
		t.Error("the same credentials changed something")
	}
	// From now on, the names do not matter.
	write(t, s, func(tx *store.Tx) (store.Suite, error) {
		suites, err := tx.Suites(store.SuiteFilter{Scope: store.Everything()}, store.Page{Limit: 1})
		if err != nil {
			return store.Suite{}, err
		}
		suites.Items[0].Name = "renamed"
		return tx.UpdateSuite(suites.Items[0], now)
	})
	if got := ensure(t, s, first); got.ClientID != first.ClientID {
		t.Errorf("got %+v, want %+v", got, first)
	}
	etags(t, s)
}

func TestEnsure_AStoreWithoutIDsAndWithOtherUsersIsRefused(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"suite_admin", "system_user"} {
		s := open(t)
		first := ensure(t, s, administrator.Credentials{})
		withoutIDs(t, s)
		write(t, s, func(tx *store.Tx) (store.User, error) {
			u, err := tx.UserByEmail(first.LoginID)
			if err != nil {
				return u, err
			}
			return tx.CreateUser(store.User{ID: "other", Email: "other@example.com", FirstName: "Other", Role: role,
				SuiteID: u.SuiteID, ProjectID: u.ProjectID}, now)
		})
		for _, wanted := range []administrator.Credentials{{}, first, {LoginID: "ops@example.com"}} {
			_, err := administrator.Ensure(t.Context(), s, wanted, now)
			wantError(t, err, administrator.Place, "super admin", "rename")
		}
	}
}

// An application that a suite admin left in a suite that has no users any more.
func TestEnsure_AStoreWithoutIDsGivesNoPowerToAnApplicationThatHasNone(t *testing.T) {
	t.Parallel()
	s := open(t)
	trap := write(t, s, func(tx *store.Tx) (store.Application, error) {
		if _, err := tx.CreateSuite(store.Suite{ID: "s", Name: administrator.Place}, now); err != nil {
			return store.Application{}, err
		}
		if _, err := tx.CreateProject(store.Project{ID: "p", SuiteID: "s", Name: administrator.Place}, now); err != nil {
			return store.Application{}, err
		}
		return tx.CreateApplication(store.Application{
			ID: "a", SuiteID: "s", ProjectID: "p", Name: administrator.ApplicationName, AuthenticatorType: "user_credentials",
			ClientAuthentication: "secret", ClientID: "trap", SecretHash: store.Hash(secretA), AccessTokenLifespan: 600, RefreshTokenLifespan: 600,
		}, now)
	})
	_, err := administrator.Ensure(t.Context(), s, administrator.Credentials{LoginID: "ops@example.com"}, now)
	wantError(t, err, "--admin-client-secret")
	got := ensure(t, s, administrator.Credentials{LoginID: "ops@example.com", ClientSecret: secretB})
	after, err := s.Direct(t.Context()).Application(trap.ID)
	if err != nil || got.ClientID != trap.ClientID || !bytes.Equal(after.SecretHash, store.Hash(secretB)) {
		t.Errorf("got %+v, %v", after, err)
	}
}

func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("there is no error, want one with %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error lacks %q: %v", word, err)
		}
	}
}

// write returns what f returns, from a transaction that must succeed.
func write[T any](t *testing.T, s *store.Store, f func(*store.Tx) (T, error)) T {
	t.Helper()
	var v T
	err := s.Write(t.Context(), func(tx *store.Tx) (err error) {
		v, err = f(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEnsure_AnEmptiedStoreGetsTheSameSecretBack(t *testing.T) {
	t.Parallel()
	s := open(t)
	given := administrator.Credentials{ClientID: "terraform", ClientSecret: secretA}
	ensure(t, s, given)
	// A process that starts on this store knows only the secret's hash.
	known := ensure(t, s, administrator.Credentials{})
	if err := s.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := ensure(t, s, known); got.ClientSecret != "" || got.ClientID != given.ClientID {
		t.Errorf("client id %s; a secret was made up: %t", got.ClientID, got.ClientSecret != "")
	}
	a, err := s.Direct(t.Context()).ApplicationByClientID("terraform")
	if err != nil {
		t.Fatal(err)
	}
	if want := sha256.Sum256([]byte(secretA)); !bytes.Equal(a.SecretHash, want[:]) {
		t.Error("the secret is another one")
	}
}

func TestEnsure_RefusesWhatCannotBeUsedAndNamesItWithoutItsValue(t *testing.T) {
	t.Parallel()
	for want, wanted := range map[string]administrator.Credentials{
		"client id":     {ClientID: "not/an/id"},
		"client secret": {ClientSecret: "hunter2"},
		"login id":      {LoginID: "nobody"},
	} {
		_, err := administrator.Ensure(t.Context(), open(t), wanted, now)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", want, err)
		}
	}
}
