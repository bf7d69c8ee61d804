package store_test

import (
	"errors"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// wantTaken checks that err is a conflict with a certain object.
func wantTaken(t *testing.T, err error, kind store.ConflictKind, id string) {
	t.Helper()
	var conflict *store.ConflictError
	if !errors.As(err, &conflict) {
		t.Fatalf("got %v, want a conflict", err)
	}
	if conflict.Kind != kind || conflict.ExistingID != id || !conflict.ExistingCreatedAt.Equal(stored) {
		t.Fatalf("conflict of kind %q with %q of %s, want %q with %q of %s",
			conflict.Kind, conflict.ExistingID, conflict.ExistingCreatedAt, kind, id, stored)
	}
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
}

func TestSuite_IsReadAsItWasCreated(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		created := newSuite(t, s)
		if created.ETag == "" || created.Seq == 0 || !created.CreatedAt.Equal(stored) || !created.UpdatedAt.Equal(stored) {
			t.Fatalf("created as %+v", created)
		}
		got, err := s.Direct(t.Context()).Suite(created.ID)
		if err != nil || got != created {
			t.Fatalf("read as %+v (%v), created as %+v", got, err, created)
		}
	})
}

func TestSuite_NameAndIDAreUnique(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		first, second := newSuite(t, s), newSuite(t, s)
		_, err := inWrite(t, s, func(tx *store.Tx) (store.Suite, error) {
			return tx.CreateSuite(store.Suite{ID: random.ID(), Name: first.Name}, later)
		})
		wantTaken(t, err, store.NameTaken, first.ID)
		_, err = inWrite(t, s, func(tx *store.Tx) (store.Suite, error) {
			return tx.CreateSuite(store.Suite{ID: first.ID, Name: named("other")}, later)
		})
		wantTaken(t, err, store.IDTaken, first.ID)
		_, err = inWrite(t, s, func(tx *store.Tx) (store.Suite, error) {
			return tx.UpdateSuite(store.Suite{ID: second.ID, Name: first.Name}, later)
		})
		wantTaken(t, err, store.NameTaken, first.ID)
		must(t, s, func(tx *store.Tx) (store.Suite, error) { // compared case-sensitively
			return tx.CreateSuite(store.Suite{ID: random.ID(), Name: "S" + first.Name[1:]}, later)
		})
	})
}

func TestSuite_AConflictLeavesTheTransactionUsable(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		first := newSuite(t, s)
		made := must(t, s, func(tx *store.Tx) (store.Suite, error) {
			_, err := tx.CreateSuite(store.Suite{ID: random.ID(), Name: first.Name}, later)
			wantTaken(t, err, store.NameTaken, first.ID)
			return tx.CreateSuite(store.Suite{ID: random.ID(), Name: named("suite")}, later)
		})
		if _, err := s.Direct(t.Context()).Suite(made.ID); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSuite_UpdateChangesEtagOnlyWithTheName(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		suite := newSuite(t, s)
		update := func(name string) (store.Suite, error) {
			return inWrite(t, s, func(tx *store.Tx) (store.Suite, error) {
				return tx.UpdateSuite(store.Suite{ID: suite.ID, Name: name}, later)
			})
		}
		same, err := update(suite.Name)
		if err != nil || same != suite {
			t.Fatalf("a no-op returned %+v (%v), want %+v", same, err, suite)
		}
		renamed, err := update("renamed")
		if err != nil {
			t.Fatal(err)
		}
		want := suite
		want.Name, want.UpdatedAt, want.ETag = "renamed", later, renamed.ETag
		if renamed != want || renamed.ETag == suite.ETag {
			t.Fatalf("renamed to %+v, want %+v with another etag", renamed, want)
		}
		if got, _ := s.Direct(t.Context()).Suite(suite.ID); got != renamed {
			t.Fatalf("read as %+v, want %+v", got, renamed)
		}
		_, err = inWrite(t, s, func(tx *store.Tx) (store.Suite, error) {
			return tx.UpdateSuite(store.Suite{ID: "nowhere", Name: "x"}, later)
		})
		wantError(t, err, store.ErrNotFound)
	})
}

func TestSuite_IsDeletedWhenItIsEmpty(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		suite := newSuite(t, s)
		project := newProject(t, s, suite.ID)
		remove := func() error {
			return s.Write(t.Context(), func(tx *store.Tx) error { return tx.DeleteSuite(suite.ID) })
		}
		wantError(t, remove(), store.ErrNotEmpty)
		write(t, s, func(tx *store.Tx) error { return tx.DeleteProject(project.ID) })
		if err := remove(); err != nil {
			t.Fatal(err)
		}
		wantError(t, remove(), store.ErrNotFound)
	})
}

func TestProject_NameIsUniqueInItsSuite(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		here, there := newSuite(t, s), newSuite(t, s)
		first := newProject(t, s, here.ID)
		create := func(suiteID, id string) error {
			_, err := inWrite(t, s, func(tx *store.Tx) (store.Project, error) {
				return tx.CreateProject(store.Project{ID: id, SuiteID: suiteID, Name: first.Name}, later)
			})
			return err
		}
		wantTaken(t, create(here.ID, random.ID()), store.NameTaken, first.ID)
		wantTaken(t, create(there.ID, first.ID), store.IDTaken, first.ID)
		if err := create(there.ID, random.ID()); err != nil {
			t.Fatalf("the same name in another suite: %v", err)
		}
		wantError(t, create("nowhere", random.ID()), store.ErrReference)

		second := newProject(t, s, here.ID)
		rename := func(name string) (store.Project, error) {
			return inWrite(t, s, func(tx *store.Tx) (store.Project, error) {
				return tx.UpdateProject(store.Project{ID: second.ID, Name: name}, later)
			})
		}
		_, err := rename(first.Name)
		wantTaken(t, err, store.NameTaken, first.ID)
		got, err := rename("x")
		if err != nil || got.Name != "x" || got.SuiteID != here.ID || got.ETag == second.ETag || !got.UpdatedAt.Equal(later) {
			t.Fatalf("renamed to %+v (%v)", got, err)
		}
		if again, _ := s.Direct(t.Context()).Project(second.ID); again != got {
			t.Fatalf("read as %+v, want %+v", again, got)
		}
		if same, err := rename("x"); err != nil || same != got {
			t.Fatalf("a no-op returned %+v (%v), want %+v", same, err, got)
		}
	})
}

func TestProject_WithApplicationsOrUsersIsNotDeleted(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		remove := func() error {
			return s.Write(t.Context(), func(tx *store.Tx) error { return tx.DeleteProject(p.ID) })
		}
		a := newApplication(t, s, p)
		wantError(t, remove(), store.ErrNotEmpty)
		write(t, s, func(tx *store.Tx) error { return tx.DeleteApplication(a.ID) })
		u := newUser(t, s, p)
		wantError(t, remove(), store.ErrNotEmpty)
		write(t, s, func(tx *store.Tx) error { return tx.DeleteUser(u.ID) })
		if err := remove(); err != nil {
			t.Fatal(err)
		}
		wantError(t, remove(), store.ErrNotFound)
	})
}
