package store_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// now is when tests happen. It has nanoseconds, which no store keeps.
var now = time.Date(2026, 11, 24, 12, 0, 0, 123456789, time.UTC)

// stored is now as the stores keep it.
var stored = now.Truncate(time.Microsecond)

// later is a moment after now, for changes.
var later = stored.Add(time.Hour)

// onEachStore runs a test on every kind of store.
func onEachStore(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Parallel()
	for name, options := range map[string]func(*testing.T) store.Options{
		"memory":   func(*testing.T) store.Options { return store.Options{} },
		"file":     func(t *testing.T) store.Options { return store.Options{DataDir: t.TempDir()} },
		"postgres": func(t *testing.T) store.Options { return store.Options{DatabaseURL: postgrestest.URL(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, options(t)))
		})
	}
}

func open(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func write(t testing.TB, s *store.Store, f func(*store.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// try is write for goroutines beside the test's own, which must not end it.
func try(t testing.TB, s *store.Store, f func(*store.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), f); err != nil {
		t.Error(err)
	}
}

// inWrite returns what f returns, from a transaction.
func inWrite[T any](t testing.TB, s *store.Store, f func(*store.Tx) (T, error)) (T, error) {
	t.Helper()
	var v T
	err := s.Write(t.Context(), func(tx *store.Tx) (err error) {
		v, err = f(tx)
		return err
	})
	return v, err
}

// must is inWrite for what has to succeed.
func must[T any](t testing.TB, s *store.Store, f func(*store.Tx) (T, error)) T {
	t.Helper()
	v, err := inWrite(t, s, f)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func read[T any](t testing.TB, s *store.Store, f func(*store.Tx) (T, error)) T {
	t.Helper()
	var v T
	err := s.Read(t.Context(), func(tx *store.Tx) (err error) {
		v, err = f(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

var serial atomic.Int64

// named returns a name that no other object of the tests has.
func named(kind string) string { return fmt.Sprintf("%s-%d", kind, serial.Add(1)) }

func newSuite(t testing.TB, s *store.Store) store.Suite {
	t.Helper()
	return must(t, s, func(tx *store.Tx) (store.Suite, error) {
		return tx.CreateSuite(store.Suite{ID: random.ID(), Name: named("suite")}, now)
	})
}

func newProject(t testing.TB, s *store.Store, suiteID string) store.Project {
	t.Helper()
	return must(t, s, func(tx *store.Tx) (store.Project, error) {
		return tx.CreateProject(store.Project{ID: random.ID(), SuiteID: suiteID, Name: named("project")}, now)
	})
}

func application(p store.Project) store.Application {
	return store.Application{
		ID: random.ID(), SuiteID: p.SuiteID, ProjectID: p.ID, Name: named("application"),
		AuthenticatorType: "user_credentials", RedirectURLs: []string{}, AllowedOrigins: []string{"https://b.example", "https://a.example"},
		FederatedCredentials: []store.FederatedCredential{}, PublicKeys: []store.PublicKey{},
		AccessTokenLifespan: 600, RefreshTokenLifespan: 86400, RefreshTokenGracePeriod: 5,
		ClientAuthentication: "secret", ClientID: random.ClientID(), SecretHash: []byte("hash one"),
	}
}

func newApplication(t testing.TB, s *store.Store, p store.Project) store.Application {
	t.Helper()
	return must(t, s, func(tx *store.Tx) (store.Application, error) {
		return tx.CreateApplication(application(p), now)
	})
}

func user(p store.Project) store.User {
	return store.User{
		ID: random.ID(), Email: named("User") + "@Example.com", FirstName: "Thong", LastName: "",
		Role: "system_user", SuiteID: p.SuiteID, ProjectID: p.ID, Enabled: true,
	}
}

func newUser(t testing.TB, s *store.Store, p store.Project) store.User {
	t.Helper()
	return must(t, s, func(tx *store.Tx) (store.User, error) { return tx.CreateUser(user(p), now) })
}

// place is a project in a suite, for tests to which it matters not which.
func place(t testing.TB, s *store.Store) store.Project {
	t.Helper()
	return newProject(t, s, newSuite(t, s).ID)
}

func newFamily(t testing.TB, s *store.Store, applicationID, userID, grant string) store.TokenFamily {
	t.Helper()
	f := store.TokenFamily{
		ID: random.ID(), ApplicationID: applicationID, UserID: userID, GrantType: grant,
		AuthTime: stored, CreatedAt: stored, ExpiresAt: stored.Add(24 * time.Hour),
	}
	if grant != "client_credentials" {
		f.RefreshHash, f.RefreshExpiresAt = random.Key(32), f.ExpiresAt
	}
	if userID != "" {
		assign(t, s, applicationID, userID, true)
	}
	write(t, s, func(tx *store.Tx) error { return tx.CreateFamily(f) })
	return f
}

// revokedBecause returns why a family has ended, or nothing while it lives.
func revokedBecause(t testing.TB, s *store.Store, id string) string {
	t.Helper()
	g := read(t, s, func(tx *store.Tx) (store.Grant, error) { return tx.GrantByFamily(id) })
	if g.Family.RevokedAt.IsZero() {
		return ""
	}
	return g.Family.RevokedReason
}
