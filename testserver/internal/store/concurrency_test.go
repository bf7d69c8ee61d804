package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// together runs f n times at once.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

// tally counts how calls ended.
type tally struct {
	mu   sync.Mutex
	good int
	bad  []error
}

func (c *tally) add(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.good++
	} else {
		c.bad = append(c.bad, err)
	}
}

const parallel = 16

func TestConcurrent_OneOfManyCreatesOfANameSucceeds(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		creates := map[string]func(*store.Tx) error{
			"suite": func(tx *store.Tx) error {
				_, err := tx.CreateSuite(store.Suite{ID: random.ID(), Name: "same"}, now)
				return err
			},
			"project": func(tx *store.Tx) error {
				_, err := tx.CreateProject(store.Project{ID: random.ID(), SuiteID: p.SuiteID, Name: "same"}, now)
				return err
			},
			"application": func(tx *store.Tx) error {
				a := application(p)
				a.Name = "same"
				_, err := tx.CreateApplication(a, now)
				return err
			},
			"user": func(tx *store.Tx) error {
				u := user(p)
				u.Email = "same@example.com"
				_, err := tx.CreateUser(u, now)
				return err
			},
		}
		for name, create := range creates {
			var ends tally
			together(parallel, func(int) { ends.add(s.Write(t.Context(), create)) })
			if ends.good != 1 {
				t.Errorf("%s: %d creates succeeded, want 1", name, ends.good)
			}
			for _, err := range ends.bad {
				var conflict *store.ConflictError
				if !errors.As(err, &conflict) || conflict.ExistingID == "" {
					t.Errorf("%s: %v, want a conflict that names the other", name, err)
				}
			}
		}
	})
}

func TestConcurrent_OneOfManyRenamesToANameSucceeds(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		var suites [parallel]store.Suite
		for i := range suites {
			suites[i] = newSuite(t, s)
		}
		var ends tally
		together(parallel, func(i int) {
			_, err := inWrite(t, s, func(tx *store.Tx) (store.Suite, error) {
				return tx.UpdateSuite(store.Suite{ID: suites[i].ID, Name: "wanted by all"}, later)
			})
			ends.add(err)
		})
		if ends.good != 1 {
			t.Errorf("%d renames succeeded, want 1", ends.good)
		}
		for _, err := range ends.bad {
			var conflict *store.ConflictError
			if !errors.As(err, &conflict) || conflict.Kind != store.NameTaken {
				t.Errorf("got %v, want a conflict", err)
			}
		}
	})
}

// An etag that is compared after ...ForUpdate is still right at the change.
func TestConcurrent_OneOfManyUpdatesWithAnEtagSucceeds(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		suite, project := newSuite(t, s), newProject(t, s, p.SuiteID)
		a, u := newApplication(t, s, p), newUser(t, s, p)
		assigned := assign(t, s, a.ID, u.ID, true)
		compare := func(current, expected store.Meta, err error) error {
			if err == nil && current.ETag != expected.ETag {
				return store.ErrStale
			}
			return err
		}
		updates := map[string]func(*store.Tx) error{
			"suite": func(tx *store.Tx) error {
				cur, err := tx.SuiteForUpdate(suite.ID)
				if err := compare(cur.Meta, suite.Meta, err); err != nil {
					return err
				}
				cur.Name = named("renamed")
				_, err = tx.UpdateSuite(cur, later)
				return err
			},
			"project": func(tx *store.Tx) error {
				cur, err := tx.ProjectForUpdate(project.ID)
				if err := compare(cur.Meta, project.Meta, err); err != nil {
					return err
				}
				cur.Name = named("renamed")
				_, err = tx.UpdateProject(cur, later)
				return err
			},
			"application": func(tx *store.Tx) error {
				cur, err := tx.ApplicationForUpdate(a.ID)
				if err := compare(cur.Meta, a.Meta, err); err != nil {
					return err
				}
				_, err = tx.RotateSecret(a.ID, random.Key(32), later, later)
				return err
			},
			"user": func(tx *store.Tx) error {
				cur, err := tx.UserForUpdate(u.ID)
				if err := compare(cur.Meta, u.Meta, err); err != nil {
					return err
				}
				cur.FirstName = named("renamed")
				_, err = tx.UpdateUser(cur, later)
				return err
			},
			"assignment": func(tx *store.Tx) error {
				_, _, err := tx.PutAssignment(a.ID, store.AssignmentSet{UserID: u.ID, ETag: assigned.ETag}, later)
				return err
			},
		}
		for name, update := range updates {
			var ends tally
			together(parallel, func(int) { ends.add(s.Write(t.Context(), update)) })
			if ends.good != 1 {
				t.Errorf("%s: %d updates succeeded, want 1", name, ends.good)
			}
			for _, err := range ends.bad {
				if !errors.Is(err, store.ErrStale) {
					t.Errorf("%s: %v, want ErrStale", name, err)
				}
			}
		}
	})
}

func TestConcurrent_RotationsAreAllCounted(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		a := newApplication(t, s, place(t, s))
		together(parallel, func(int) {
			try(t, s, func(tx *store.Tx) error {
				_, err := tx.RotateSecret(a.ID, random.Key(32), later, now)
				return err
			})
		})
		if got := readApplication(t, s, a.ID).SecretVersion; got != parallel+1 {
			t.Fatalf("version %d after %d rotations", got, parallel)
		}
	})
}

func TestConcurrent_OneIdempotencyKeyMakesOneObject(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		caller := newUser(t, s, place(t, s))
		var made, replayed atomic.Int64
		together(parallel, func(int) {
			var first bool
			try(t, s, func(tx *store.Tx) error {
				r := record(caller.ID, "one key")
				found, ok, err := tx.ReserveIdempotencyKey(r, now)
				if err != nil {
					return err
				}
				if first = ok; !ok {
					if found.ObjectID == "" || string(found.Response) != "sealed" {
						t.Errorf("replayed from an unfinished record: %+v", found)
					}
					return nil
				}
				suite, err := tx.CreateSuite(store.Suite{ID: random.ID(), Name: "made once"}, now)
				if err != nil {
					return err
				}
				r.Response, r.ObjectType, r.ObjectID = []byte("sealed"), store.SuiteObject, suite.ID
				return tx.CompleteIdempotencyKey(r)
			})
			if first {
				made.Add(1)
			} else {
				replayed.Add(1)
			}
		})
		if made.Load() != 1 || replayed.Load() != parallel-1 {
			t.Fatalf("made %d, replayed %d", made.Load(), replayed.Load())
		}
	})
}

func TestConcurrent_DeletionAndAssignmentDoNotCross(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		for range 5 {
			a, u := newApplication(t, s, p), newUser(t, s, p)
			var deleted, assigned error
			together(2, func(i int) {
				if i == 0 {
					deleted = s.Write(t.Context(), func(tx *store.Tx) error { return tx.DeleteApplication(a.ID) })
				} else {
					_, _, assigned = put(t, s, a.ID, store.AssignmentSet{UserID: u.ID})
				}
			})
			switch {
			case deleted == nil && errors.Is(assigned, store.ErrNotFound):
			case errors.Is(deleted, store.ErrHasUsers) && assigned == nil:
			default:
				t.Fatalf("deletion ended with %v, assignment with %v", deleted, assigned)
			}
		}
	})
}

// Many bulk changes of the same users in different order end without a
// deadlock that anyone sees.
func TestConcurrent_BulkChangesInAnyOrder(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		p := place(t, s)
		apps := []store.Application{newApplication(t, s, p), newApplication(t, s, p)}
		var users [20]store.User
		for i := range users {
			users[i] = newUser(t, s, p)
		}
		together(8, func(i int) {
			try(t, s, func(tx *store.Tx) error {
				for n := range 2 {
					var set []store.AssignmentSet
					for j := range users {
						at := j
						if i%2 == 1 {
							at = len(users) - 1 - j
						}
						set = append(set, store.AssignmentSet{UserID: users[at].ID, Enabled: i%3 == 0})
					}
					// Half of them take the applications the other way round.
					if _, err := tx.ChangeAssignments(apps[(n+i)%2].ID, set, nil, now); err != nil {
						return err
					}
				}
				return nil
			})
		})
		for _, a := range apps {
			if got := assignmentsOf(t, s, a.ID); len(got) != len(users) {
				t.Fatalf("%d assignments, want %d", len(got), len(users))
			}
		}
	})
}
