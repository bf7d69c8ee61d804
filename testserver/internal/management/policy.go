package management

import (
	"errors"
	"fmt"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/api"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// All permissions of the management API. A super admin can do everything. A
// suite admin manages its own suite and gains no right beyond it. A system user
// reads its own project. An object that a caller may not see is 404; a change
// that it may not make is 403.
//
// Another suite's id in a suite admin's body is 403 whether or not that suite
// exists, so that the response does not reveal it.

const (
	superAdmin = string(api.SuperAdmin)
	suiteAdmin = string(api.SuiteAdmin)
	systemUser = string(api.SystemUser)
)

// scope is what lists are limited to, in the store.
func (c caller) scope() store.Scope {
	switch c.role {
	case superAdmin:
		return store.Everything()
	case suiteAdmin:
		return store.InSuite(c.suiteID)
	case systemUser:
		return store.InProject(c.suiteID, c.projectID)
	}
	return store.Scope{}
}

func (c caller) isSuperAdmin() bool { return c.role == superAdmin }

// needs refuses what takes another role.
func (c caller) needs(role, detail string) error { return problem.Forbidden(role, c.role, detail) }

func (c caller) needsSuperAdmin(what string) error {
	if c.isSuperAdmin() {
		return nil
	}
	return c.needs(superAdmin, "Only a super admin can "+what+".")
}

// manages refuses a caller that may not change what is in a suite.
func (c caller) manages(suiteID string) error {
	switch {
	case c.isSuperAdmin():
		return nil
	case c.suiteID != suiteID:
		return c.needs(superAdmin, "Only a super admin can manage the objects of another suite.")
	case c.role == suiteAdmin:
		return nil
	}
	return c.needs(suiteAdmin, "A system user can only read.")
}

func (c caller) seesSuite(id string) error {
	if c.scope().SeesSuite(id) {
		return nil
	}
	return problem.NotFound("suite")
}

func (c caller) seesProject(p store.Project) error {
	if c.scope().Sees(p.SuiteID, p.ID) {
		return nil
	}
	return problem.NotFound("project")
}

func (c caller) seesApplication(a store.Application) error {
	if c.scope().Sees(a.SuiteID, a.ProjectID) {
		return nil
	}
	return problem.NotFound("application")
}

func (c caller) seesUser(u store.User) error {
	if c.scope().Sees(u.SuiteID, u.ProjectID) {
		return nil
	}
	return problem.NotFound("user")
}

// seesObject refuses an object that the caller does not see, or that does not
// exist.
func (c caller) seesObject(tx *store.Tx, what store.ObjectType, id string) error {
	switch what {
	case store.SuiteObject:
		return c.seesSuite(id)
	case store.ProjectObject:
		return seesRead(c.seesProject, what, tx.Project, id)
	case store.ApplicationObject, store.ApplicationUserObject, store.ApplicationUsersObject: // assignments have its id
		return seesRead(c.seesApplication, store.ApplicationObject, tx.Application, id)
	case store.UserObject:
		return seesRead(c.seesUser, what, tx.User, id)
	}
	return problem.NotFound("object")
}

func seesRead[T any](sees func(T) error, what store.ObjectType, read func(string) (T, error), id string) error {
	object, err := read(id)
	if errors.Is(err, store.ErrNotFound) {
		return problem.NotFound(string(what))
	}
	if err != nil {
		return fmt.Errorf("read the requested object: %w", err)
	}
	return sees(object)
}

func (c caller) mayCreateSuite() error { return c.needsSuperAdmin("create suites") }

func (c caller) mayChangeSuite(id string) error {
	if err := c.seesSuite(id); err != nil {
		return err
	}
	return c.manages(id)
}

func (c caller) mayDeleteSuite(id string) error {
	if err := c.seesSuite(id); err != nil {
		return err
	}
	return c.needsSuperAdmin("delete suites")
}

func (c caller) mayCreateProject(suiteID string) error { return c.manages(suiteID) }

func (c caller) mayChangeProject(p store.Project) error {
	if err := c.seesProject(p); err != nil {
		return err
	}
	return c.manages(p.SuiteID)
}

func (c caller) mayCreateApplication(suiteID string, managementAccess bool) error {
	if err := c.manages(suiteID); err != nil {
		return err
	}
	if managementAccess {
		return c.needsSuperAdmin("give an application management access")
	}
	return nil
}

// mayTouchApplication is for changes, rotations, deletion, assignments and
// revocations. The secret of a User Credentials application signs in as any of
// its users, so a suite admin may not change an application that has a super
// admin or a user of another suite. It may not remove that assignment either:
// it could rotate the secret before the next run of what maintains the
// assignment.
func (c caller) mayTouchApplication(tx *store.Tx, a store.Application) error {
	if err := c.seesApplication(a); err != nil {
		return err
	}
	if err := c.manages(a.SuiteID); err != nil || c.isSuperAdmin() {
		return err
	}
	has, err := tx.HasUserBeyond(a.ID, a.SuiteID, superAdmin)
	if err != nil {
		return fmt.Errorf("check the users of an application: %w", err)
	}
	if has {
		return c.needs(superAdmin, "A super admin or a user of another suite is assigned to this application: only a super admin can change it.")
	}
	return nil
}

// mayUpdateApplication allows clientAuthentication, federatedCredentials,
// publicKeys and introspectionAccess to a caller that may rotate the secret: the former are in that secret's place, and
// the latter shows tokens of users that a suite admin manages anyway.
func (c caller) mayUpdateApplication(tx *store.Tx, from, to store.Application) error {
	if err := c.mayTouchApplication(tx, from); err != nil {
		return err
	}
	if from.SuiteID != to.SuiteID {
		if err := c.needsSuperAdmin("move an application to another suite"); err != nil {
			return err
		}
	}
	if from.ManagementAccess != to.ManagementAccess {
		return c.needsSuperAdmin("change an application's management access")
	}
	return nil
}

// mayAssign is for creating and changing an assignment, once the application
// may be touched.
func (c caller) mayAssign(u store.User) error {
	if err := c.seesUser(u); err != nil {
		return err
	}
	if u.Role == superAdmin {
		return c.needsSuperAdmin("assign a super admin")
	}
	return nil
}

func (c caller) mayCreateUser(suiteID, role string) error {
	if err := c.manages(suiteID); err != nil {
		return err
	}
	if role == superAdmin {
		return c.needsSuperAdmin("create a super admin")
	}
	return nil
}

// mayTouchUser is for changes, deletion and revocations.
func (c caller) mayTouchUser(u store.User) error {
	if err := c.seesUser(u); err != nil {
		return err
	}
	if err := c.manages(u.SuiteID); err != nil {
		return err
	}
	if u.Role == superAdmin {
		return c.needsSuperAdmin("change a super admin")
	}
	return nil
}

func (c caller) mayUpdateUser(from, to store.User) error {
	if err := c.mayTouchUser(from); err != nil {
		return err
	}
	switch {
	case from.Role != to.Role && to.Role == superAdmin:
		return c.needsSuperAdmin("make a user a super admin")
	case from.Email != to.Email:
		return c.needsSuperAdmin("change an email address")
	case from.SuiteID != to.SuiteID:
		return c.needsSuperAdmin("move a user to another suite")
	case from.ProjectID != to.ProjectID:
		return c.needsSuperAdmin("move a user to another project")
	}
	return nil
}

func (c caller) mayResetPassword(u store.User) error {
	if err := c.seesUser(u); err != nil {
		return err
	}
	return c.needsSuperAdmin("reset passwords")
}

func (c caller) mayUseSigningKeys() error {
	return c.needsSuperAdmin("read and rotate signing keys")
}
