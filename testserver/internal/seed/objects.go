package seed

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// The rules of what a seed takes for its own. An entry means an object by the
// id or client id that it gives, which only the server hands out; else by the
// id that an earlier start stored; else by name or email address. Any user can
// take a name. So an object that was found by its name is not given what the
// person who made it may not have.

// found is an object that an entry means.
type found[T any] struct {
	object T
	// own reports whether the entry or the store says which object it is by id.
	own bool
}

// finder is how to find the object of an entry.
type finder[T any] struct {
	id   string // as the entry gives it, or empty
	key  store.SeedKey
	read func(id string) (T, error)
	// byName looks for the object by what any user may choose.
	byName func() (T, error)
	idOf   func(T) string
}

// find returns store.ErrNotFound where the object is yet to be created.
func find[T any](tx *store.Tx, f finder[T]) (found[T], error) {
	if f.id != "" {
		object, err := f.read(f.id)
		return found[T]{object, true}, err
	}
	stored, err := tx.SeededObject(f.key)
	if err == nil {
		object, err := f.read(stored)
		if !errors.Is(err, store.ErrNotFound) {
			return found[T]{object, true}, err
		}
	} else if !errors.Is(err, store.ErrNotFound) {
		return found[T]{}, err
	}
	object, err := f.byName()
	if err != nil {
		return found[T]{}, err
	}
	own, err := tx.IsSeeded(f.key.Type, f.idOf(object))
	return found[T]{object, own}, err
}

// key is what the seed knows an object by.
func (s *Seed) key(what store.ObjectType, parts ...string) store.SeedKey {
	if s.administrator {
		return AdministratorKey(what)
	}
	return store.SeedKey{Source: "seed", Type: what, Key: validation.NFC(strings.Join(parts, "/"))}
}

func (s *Seed) suiteKey(e suite) store.SeedKey { return s.key(store.SuiteObject, e.Name) }

func (s *Seed) findSuite(tx *store.Tx, e suite) (found[store.Suite], error) {
	return find(tx, finder[store.Suite]{
		id: e.ID, key: s.suiteKey(e), read: tx.Suite,
		byName: func() (store.Suite, error) {
			return one(tx.Suites(store.SuiteFilter{Scope: store.Everything(), Name: e.Name}, first))
		},
		idOf: func(o store.Suite) string { return o.ID },
	})
}

func (s *Seed) projectKey(suiteID string, e project) store.SeedKey {
	return s.key(store.ProjectObject, suiteID, e.Name)
}

func (s *Seed) findProject(tx *store.Tx, suiteID string, e project) (found[store.Project], error) {
	return find(tx, finder[store.Project]{
		id: e.ID, key: s.projectKey(suiteID, e), read: tx.Project,
		byName: func() (store.Project, error) {
			return one(tx.Projects(store.ProjectFilter{Scope: store.Everything(), SuiteID: suiteID, Name: e.Name}, first))
		},
		idOf: func(o store.Project) string { return o.ID },
	})
}

func (s *Seed) userKey(e user) store.SeedKey {
	return s.key(store.UserObject, validation.EmailKey(e.Email))
}

func (s *Seed) findUser(tx *store.Tx, e user) (found[store.User], error) {
	return find(tx, finder[store.User]{
		id: e.ID, key: s.userKey(e), read: tx.User,
		byName: func() (store.User, error) { return tx.UserByEmail(e.Email) },
		idOf:   func(o store.User) string { return o.ID },
	})
}

func (s *Seed) applicationKey(projectID string, e application) store.SeedKey {
	return s.key(store.ApplicationObject, projectID, e.Name)
}

func (s *Seed) findApplication(tx *store.Tx, projectID string, e application) (found[store.Application], error) {
	if e.ID == "" && e.ClientID != "" && !s.administrator {
		object, err := tx.ApplicationByClientID(e.ClientID)
		if !errors.Is(err, store.ErrNotFound) {
			return found[store.Application]{object, true}, err
		}
	}
	return find(tx, finder[store.Application]{
		id: e.ID, key: s.applicationKey(projectID, e), read: tx.ApplicationForUpdate,
		byName: func() (store.Application, error) {
			return one(tx.Applications(store.ApplicationFilter{Scope: store.Everything(), ProjectID: projectID, Name: e.Name}, first))
		},
		idOf: func(o store.Application) string { return o.ID },
	})
}

// adoptSuite refuses a suite that a suite admin may have given this name.
func (s *Seed) adoptSuite(tx *store.Tx, f found[store.Suite]) error {
	if f.own {
		return nil
	}
	roles, err := tx.RolesInSuite(f.object.ID)
	if err != nil || !slices.Contains(roles, rules.SuiteAdmin) {
		return err
	}
	return fmt.Errorf("a suite of this name exists, which was not created here and which its suite admins can rename; "+
		"rename or delete that suite%s", s.orByID(f.object.ID))
}

// adoptUser refuses a user who only has the right email address: a suite admin
// may have registered it. Only a super admin makes a super admin.
func (s *Seed) adoptUser(f found[store.User]) error {
	if f.own || f.object.Role == rules.SuperAdmin {
		return nil
	}
	return fmt.Errorf("the user %s has this email address and was not created here, and suite admins manage this user; "+
		"delete that user, or make it a super admin by the management API%s", f.object.Email, s.orByID(f.object.ID))
}

// adoptApplication refuses an application that only has the right name: the
// person who created it knows its secret.
func (s *Seed) adoptApplication(f found[store.Application]) error {
	if f.own {
		return nil
	}
	return fmt.Errorf("an application of this name exists, which was not created here and whose secret others may know; "+
		"rename or delete that application%s", s.orByID(f.object.ID))
}

// orByID completes a remedy: an entry can say that it means an object.
func (s *Seed) orByID(id string) string {
	if s.administrator {
		return " (id: " + id + ")"
	}
	return ", or write its id into the entry to use it (id: " + id + ")"
}

// replacesSecret reports whether the old secret of an existing application is
// invalid once the entry was applied: the entry has another one, or leaves
// none. Its federated credentials and public keys are always the entry's.
func replacesSecret(e application) bool {
	return e.ClientSecret.given || e.authentication() != rules.SecretAuthentication
}

// errKnownSecret refuses power to an application that is not trusted. In another
// suite, its secret would sign in as that suite's users.
var errKnownSecret = errors.New("suite admins manage this application and may know its secret, so it gets neither " +
	"management access nor a super admin nor a user of another suite, and is not moved to another suite; give it a new secret (clientSecret)")

// remedied adds to what the store refuses what to do about it.
func (s *Seed) remedied(err error) error {
	var conflict *store.ConflictError
	var assigned *store.AssignedElsewhereError
	switch {
	case errors.As(err, &conflict):
		return fmt.Errorf("%w; rename or delete that object%s", err, s.orByID(conflict.ExistingID))
	case errors.As(err, &assigned):
		return fmt.Errorf("%w; remove these assignments first", err)
	}
	return err
}
