package management

import (
	"context"
	"errors"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// failed translates the store's error about one object of the type what.
func (s *server) failed(ctx context.Context, what store.ObjectType, err error) error {
	var conflict *store.ConflictError
	var assigned *store.AssignedElsewhereError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNotFound):
		return problem.NotFound(string(what))
	case errors.Is(err, store.ErrStale):
		return problem.PreconditionFailed()
	case errors.Is(err, store.ErrHasUsers):
		return problem.ApplicationHasUsers()
	case errors.As(err, &assigned):
		return problem.AssignedElsewhere(each(assigned.Applications, func(a store.Application) problem.Application {
			return problem.Application{ID: a.ID, Name: a.Name}
		}))
	case errors.As(err, &conflict):
		return s.taken(ctx, what, conflict, err)
	}
	return err
}

var parents = map[store.ObjectType]string{
	store.ProjectObject:     string(store.SuiteObject),
	store.ApplicationObject: string(store.ProjectObject),
}

// taken names the object that is in the way where the caller may see it.
func (s *server) taken(ctx context.Context, what store.ObjectType, conflict *store.ConflictError, err error) error {
	switch conflict.Kind {
	case store.NameTaken, store.EmailTaken:
	case store.AlreadyAssigned:
		return problem.AlreadyAssigned()
	default:
		return err // ids are drawn at random: a clash is a fault
	}
	var existing *problem.Existing
	if conflict.ExistingID != "" && s.sees(ctx, what, conflict.ExistingID) {
		existing = &problem.Existing{ID: conflict.ExistingID, CreatedAt: conflict.ExistingCreatedAt}
	}
	if conflict.Kind == store.EmailTaken {
		return problem.EmailTaken(existing)
	}
	return problem.NameTaken(string(what), parents[what], existing)
}

// sees reports whether the caller may see an object.
func (s *server) sees(ctx context.Context, what store.ObjectType, id string) bool {
	return callerFrom(ctx).seesObject(s.Store.Direct(ctx), what, id) == nil
}

// misplaced says what is wrong with the suite and project of a body after the
// store refused them. It asks the store again, outside of the transaction that
// has ended; where all is well by now, the request is worth another try.
func (s *server) misplaced(ctx context.Context, suiteID, projectID string, err error) error {
	if !errors.Is(err, store.ErrReference) {
		return err
	}
	tx := s.Store.Direct(ctx)
	if _, err := tx.Suite(suiteID); errors.Is(err, store.ErrNotFound) {
		return problem.InvalidField("/suiteId", "is not the id of a suite")
	} else if err != nil {
		return err
	}
	if projectID == "" {
		return problem.Unavailable(err)
	}
	switch p, err := tx.Project(projectID); {
	case errors.Is(err, store.ErrNotFound):
		return problem.InvalidField("/projectId", "is not the id of a project of this suite")
	case err != nil:
		return err
	case p.SuiteID != suiteID:
		return problem.InvalidField("/projectId", "is not the id of a project of this suite")
	}
	return problem.Unavailable(err)
}
