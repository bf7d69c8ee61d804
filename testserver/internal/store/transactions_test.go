package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

var errMine = errors.New("changed my mind")

func TestWrite_AnErrorUndoesAll(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		id := random.ID()
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			if _, err := tx.CreateSuite(store.Suite{ID: id, Name: "gone"}, now); err != nil {
				return err
			}
			return errMine
		})
		if !errors.Is(err, errMine) {
			t.Fatalf("got %v, want the function's own error", err)
		}
		if _, err := s.Direct(t.Context()).Suite(id); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("got %v, want ErrNotFound", err)
		}
	})
}

func TestWrite_APanicUndoesAllAndLeavesTheStoreUsable(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		id := random.ID()
		func() {
			defer func() { _ = recover() }()
			_ = s.Write(t.Context(), func(tx *store.Tx) error {
				if _, err := tx.CreateSuite(store.Suite{ID: id, Name: "gone"}, now); err != nil {
					t.Error(err)
				}
				panic("a bug")
			})
		}()
		if _, err := s.Direct(t.Context()).Suite(id); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("got %v, want ErrNotFound", err)
		}
		newSuite(t, s)
	})
}

func TestWrite_AFailedStatementCannotBeCommitted(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		id := random.ID()
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			if _, err := tx.CreateSuite(store.Suite{ID: id, Name: "gone"}, now); err != nil {
				return err
			}
			_, err := tx.CreateProject(store.Project{ID: random.ID(), SuiteID: "nowhere", Name: "p"}, now)
			if err == nil {
				t.Error("a project of no suite was created")
			}
			return nil // swallowed
		})
		if !errors.Is(err, store.ErrReference) {
			t.Fatalf("got %v, want ErrReference", err)
		}
		if _, err := s.Direct(t.Context()).Suite(id); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("got %v, want ErrNotFound", err)
		}
	})
}

func TestWrite_ACancelledContextCommitsNothingAndLosesNothing(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		kept := newSuite(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		id := random.ID()
		err := s.Write(ctx, func(tx *store.Tx) error {
			if _, err := tx.CreateSuite(store.Suite{ID: id, Name: "gone"}, now); err != nil {
				return err
			}
			cancel()
			_, err := tx.CreateSuite(store.Suite{ID: random.ID(), Name: "never"}, now)
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want context.Canceled", err)
		}
		if _, err := s.Direct(t.Context()).Suite(id); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("got %v, want ErrNotFound", err)
		}
		if _, err := s.Direct(t.Context()).Suite(kept.ID); err != nil {
			t.Fatalf("what was there before: %v", err)
		}
	})
}

func TestRead_CannotWrite(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		err := s.Read(t.Context(), func(tx *store.Tx) error {
			_, err := tx.CreateSuite(store.Suite{ID: random.ID(), Name: "s"}, now)
			return err
		})
		if err == nil {
			t.Fatal("a reading transaction wrote")
		}
		err = s.Read(t.Context(), func(tx *store.Tx) error {
			_, err := tx.TakeLease("l", "h", later, now)
			return err
		})
		if err == nil {
			t.Fatal("a reading transaction wrote")
		}
	})
}

func TestRead_SeesOneStateThroughout(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		suite := newSuite(t, s)
		renamed := make(chan error, 1)
		err := s.Read(t.Context(), func(tx *store.Tx) error {
			if _, err := tx.Suite(suite.ID); err != nil {
				return err
			}
			// In memory there is one connection: the write waits until the
			// read has ended. The others have made it by then.
			go func() {
				renamed <- s.Write(context.WithoutCancel(t.Context()), func(tx *store.Tx) error {
					_, err := tx.UpdateSuite(store.Suite{ID: suite.ID, Name: named("renamed")}, later)
					return err
				})
			}()
			time.Sleep(50 * time.Millisecond)
			again, err := tx.Suite(suite.ID)
			if again.Name != suite.Name {
				t.Errorf("the name changed from %q to %q within a read", suite.Name, again.Name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-renamed; err != nil {
			t.Fatal(err)
		}
	})
}

func TestDirect_RefusesWhatNeedsATransaction(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		if _, err := s.Direct(t.Context()).CreateSuite(store.Suite{ID: random.ID(), Name: "s"}, now); err == nil {
			t.Fatal("several statements ran outside of a transaction")
		}
		l := read(t, s, func(tx *store.Tx) (store.List[store.Suite], error) {
			return tx.Suites(store.SuiteFilter{Scope: store.Everything()}, store.Page{Limit: 10})
		})
		if l.Total != 0 {
			t.Fatalf("%d suites were stored, want none", l.Total)
		}
	})
}

func TestWrite_ConcurrentCountingLosesNothing(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		const writers, each = 8, 10
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for range each {
					try(t, s, func(tx *store.Tx) error {
						_, err := tx.CreateSuite(store.Suite{ID: random.ID(), Name: named("suite")}, now)
						return err
					})
				}
			})
		}
		wg.Wait()
		l := read(t, s, func(tx *store.Tx) (store.List[store.Suite], error) {
			return tx.Suites(store.SuiteFilter{Scope: store.Everything()}, store.Page{Limit: 500})
		})
		if l.Total != writers*each || len(l.Items) != l.Total {
			t.Fatalf("%d suites, total %d, want %d", len(l.Items), l.Total, writers*each)
		}
		for i, suite := range l.Items {
			if suite.Seq != int64(i+1) {
				t.Fatalf("suite %d has the number %d: a gap or a duplicate", i+1, suite.Seq)
			}
		}
	})
}

func TestText_ThatNoDatabaseStores(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		for _, bad := range []string{"nul\x00", "\xff\xfe"} {
			_, err := inWrite(t, s, func(tx *store.Tx) (store.Suite, error) {
				return tx.CreateSuite(store.Suite{ID: random.ID(), Name: bad}, now)
			})
			if !errors.Is(err, store.ErrInvalidText) {
				t.Errorf("stored as %q: got %v, want ErrInvalidText", bad, err)
			}
			if _, err := s.Direct(t.Context()).Suite(bad); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("looked up as %q: got %v, want ErrNotFound", bad, err)
			}
			if _, err := s.Direct(t.Context()).ApplicationByClientID(bad); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("looked up as %q: got %v, want ErrNotFound", bad, err)
			}
		}
	})
}
