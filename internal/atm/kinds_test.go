package atm_test

import (
	"context"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// kind is one of ATM's four kinds of object, as the tests of the client's writes see it: an object with a name, which
// of a user is the email address.
type kind struct {
	// path matches the requests of creates and lists, one those of single objects.
	path, one string
	// taken is the problem of a name that another object has.
	taken string

	create func(ctx context.Context, tn *tenant, key, name string) (written, error)
	read   func(ctx context.Context, tn *tenant, id string) (written, error)
	update func(ctx context.Context, tn *tenant, id, etag, name string) (written, error)
	remove func(ctx context.Context, tn *tenant, id, etag string) error
	// refresh reads as a refresh of Terraform does.
	refresh func(ctx context.Context, tn *tenant, id string) (written, error)
	// list reads the objects with these ids; nil is all.
	list func(ctx context.Context, tn *tenant, ids *[]string) ([]written, error)
	// find looks the object up by its name.
	find func(ctx context.Context, tn *tenant, name string) (written, error)
}

// written is what every object has.
type written struct{ id, etag, name string }

func (tn *tenant) scope() atm.Scope { return atm.Scope{SuiteID: tn.suite, ProjectID: tn.project} }

// as turns a result of the client into what the tests compare.
func as[T any](of func(T) written) func(*T, error) (written, error) {
	return func(got *T, err error) (written, error) {
		if err != nil {
			return written{}, err
		}
		return of(*got), nil
	}
}

func listed[T any](of func(T) written) func([]T, error) ([]written, error) {
	return func(got []T, err error) ([]written, error) {
		all := make([]written, len(got))
		for i := range got {
			all[i] = of(got[i])
		}
		return all, err
	}
}

func ofSuite(s atm.Suite) written             { return written{s.Id, s.Etag, s.Name} }
func ofProject(p atm.Project) written         { return written{p.Id, p.Etag, p.Name} }
func ofApplication(a atm.Application) written { return written{a.Id, a.Etag, a.Name} }
func ofUser(u atm.User) written {
	return written{u.Id, u.Etag, strings.TrimSuffix(u.Email, "@example.com")}
}

var kinds = map[string]kind{
	"suite": {
		path: "/api/v1/suites", one: "/api/v1/suites/*", taken: atm.ProblemNameTaken,
		create: func(ctx context.Context, tn *tenant, key, name string) (written, error) {
			return as(ofSuite)(tn.client.CreateSuite(ctx, key, atm.SuiteCreate{Name: name}))
		},
		read: func(ctx context.Context, tn *tenant, id string) (written, error) {
			return as(ofSuite)(tn.client.Suite(ctx, id))
		},
		update: func(ctx context.Context, tn *tenant, id, etag, name string) (written, error) {
			return as(ofSuite)(tn.client.UpdateSuite(ctx, id, etag, atm.SuitePatch{Name: &name}))
		},
		remove: func(ctx context.Context, tn *tenant, id, etag string) error {
			return tn.client.DeleteSuite(ctx, id, etag)
		},
		refresh: func(ctx context.Context, tn *tenant, id string) (written, error) {
			return as(ofSuite)(tn.client.RefreshSuite(ctx, id))
		},
		list: func(ctx context.Context, tn *tenant, ids *[]string) ([]written, error) {
			return listed(ofSuite)(tn.client.Suites(ctx, atm.ListSuitesParams{Ids: ids}))
		},
		find: func(ctx context.Context, tn *tenant, name string) (written, error) {
			return as(ofSuite)(tn.client.SuiteNamed(ctx, name))
		},
	},
	"project": {
		path: "/api/v1/projects", one: "/api/v1/projects/*", taken: atm.ProblemNameTaken,
		create: func(ctx context.Context, tn *tenant, key, name string) (written, error) {
			return as(ofProject)(tn.client.CreateProject(ctx, key, atm.ProjectCreate{Name: name, SuiteId: tn.suite}))
		},
		read: func(ctx context.Context, tn *tenant, id string) (written, error) {
			return as(ofProject)(tn.client.Project(ctx, id))
		},
		update: func(ctx context.Context, tn *tenant, id, etag, name string) (written, error) {
			return as(ofProject)(tn.client.UpdateProject(ctx, id, etag, atm.ProjectPatch{Name: &name}))
		},
		remove: func(ctx context.Context, tn *tenant, id, etag string) error {
			return tn.client.DeleteProject(ctx, id, etag)
		},
		refresh: func(ctx context.Context, tn *tenant, id string) (written, error) {
			return as(ofProject)(tn.client.RefreshProject(ctx, id, tn.scope()))
		},
		list: func(ctx context.Context, tn *tenant, ids *[]string) ([]written, error) {
			return listed(ofProject)(tn.client.Projects(ctx, atm.ListProjectsParams{Ids: ids, SuiteId: &tn.suite}))
		},
		find: func(ctx context.Context, tn *tenant, name string) (written, error) {
			return as(ofProject)(tn.client.ProjectAt(ctx, "suite", name))
		},
	},
	"application": {
		path: "/api/v1/applications", one: "/api/v1/applications/*", taken: atm.ProblemNameTaken,
		create: func(ctx context.Context, tn *tenant, key, name string) (written, error) {
			return as(ofApplication)(tn.client.CreateApplication(ctx, key, atm.ApplicationCreate{
				Name: name, SuiteId: tn.suite, ProjectId: tn.project, AuthenticatorType: atm.UserCredentials,
			}))
		},
		read: func(ctx context.Context, tn *tenant, id string) (written, error) {
			return as(ofApplication)(tn.client.Application(ctx, id))
		},
		update: func(ctx context.Context, tn *tenant, id, etag, name string) (written, error) {
			return as(ofApplication)(tn.client.UpdateApplication(ctx, id, etag, atm.ApplicationPatch{Name: &name}))
		},
		remove: func(ctx context.Context, tn *tenant, id, etag string) error {
			return tn.client.DeleteApplication(ctx, id, etag)
		},
		refresh: func(ctx context.Context, tn *tenant, id string) (written, error) {
			return as(ofApplication)(tn.client.RefreshApplication(ctx, id, tn.scope()))
		},
		list: func(ctx context.Context, tn *tenant, ids *[]string) ([]written, error) {
			return listed(ofApplication)(tn.client.Applications(ctx, atm.ListApplicationsParams{Ids: ids, ProjectId: &tn.project}))
		},
		find: func(ctx context.Context, tn *tenant, name string) (written, error) {
			return as(ofApplication)(tn.client.ApplicationAt(ctx, "suite", "project", name))
		},
	},
	"user": {
		path: "/api/v1/users", one: "/api/v1/users/*", taken: atm.ProblemEmailTaken,
		create: func(ctx context.Context, tn *tenant, key, name string) (written, error) {
			return as(ofUser)(tn.client.CreateUser(ctx, key, atm.UserCreate{
				Email: name + "@example.com", FirstName: "U", Role: atm.SystemUser, SuiteId: tn.suite, ProjectId: tn.project,
			}))
		},
		read: func(ctx context.Context, tn *tenant, id string) (written, error) {
			return as(ofUser)(tn.client.User(ctx, id))
		},
		update: func(ctx context.Context, tn *tenant, id, etag, name string) (written, error) {
			email := name + "@example.com"
			return as(ofUser)(tn.client.UpdateUser(ctx, id, etag, atm.UserPatch{Email: &email}))
		},
		remove: func(ctx context.Context, tn *tenant, id, etag string) error {
			return tn.client.DeleteUser(ctx, id, etag)
		},
		refresh: func(ctx context.Context, tn *tenant, id string) (written, error) {
			return as(ofUser)(tn.client.RefreshUser(ctx, id, tn.scope()))
		},
		list: func(ctx context.Context, tn *tenant, ids *[]string) ([]written, error) {
			return listed(ofUser)(tn.client.Users(ctx, atm.ListUsersParams{Ids: ids, ProjectId: &tn.project}))
		},
		find: func(ctx context.Context, tn *tenant, name string) (written, error) {
			return as(ofUser)(tn.client.UserWithEmail(ctx, name+"@example.com"))
		},
	},
}
