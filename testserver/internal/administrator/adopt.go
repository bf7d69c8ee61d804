package administrator

import (
	"errors"
	"fmt"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/seed"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// adopt takes the suite of the administrator's name for the administrator's, in
// a store that was written before ids were stored, and reports whether there is
// one. A suite admin can give any suite this name, so that all users of the
// suite must be super admins.
func adopt(tx *store.Tx) (bool, error) {
	suite, err := one(tx.Suites(store.SuiteFilter{Scope: store.Everything(), Name: Place}, first))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	roles, err := tx.RolesInSuite(suite.ID)
	if err != nil {
		return false, err
	}
	for _, role := range roles {
		if role != rules.SuperAdmin {
			return false, fmt.Errorf("the suite %s (id: %s) has users who are not super admins, so it may not be the administrator's; "+
				"with the program that wrote this store, move these users to another suite, or rename the suite if it is not the administrator's",
				Place, suite.ID)
		}
	}
	return true, adoptContents(tx, suite)
}

// adoptContents stores the ids of the suite and of what is in it.
func adoptContents(tx *store.Tx, suite store.Suite) error {
	own := func(what store.ObjectType, id string, err error) error {
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return tx.SetSeededObject(seed.AdministratorKey(what), id)
	}
	if err := own(store.SuiteObject, suite.ID, nil); err != nil {
		return err
	}
	every := store.Everything()
	project, err := one(tx.Projects(store.ProjectFilter{Scope: every, SuiteID: suite.ID, Name: Place}, first))
	if err := own(store.ProjectObject, project.ID, err); err != nil {
		return err
	}
	application, err := one(tx.Applications(store.ApplicationFilter{Scope: every, SuiteID: suite.ID, Name: ApplicationName}, first))
	if err := own(store.ApplicationObject, application.ID, err); err != nil {
		return err
	}
	user, err := one(tx.Users(store.UserFilter{Scope: every, SuiteID: suite.ID}, first))
	return own(store.UserObject, user.ID, err)
}

var first = store.Page{Limit: 1}

func one[T any](l store.List[T], err error) (T, error) {
	var zero T
	if err != nil {
		return zero, err
	}
	if len(l.Items) == 0 {
		return zero, store.ErrNotFound
	}
	return l.Items[0], nil
}
