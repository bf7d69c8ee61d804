package atm

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/batch"
	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// Scope is where an object lies, as far as its reader knows; the zero value is anywhere. A listing that reads ahead
// is narrowed to it.
type Scope struct{ SuiteID, ProjectID string }

// common is the narrowest place that holds both.
func common(a, b Scope) Scope {
	switch {
	case a == b:
		return a
	case a.SuiteID == b.SuiteID:
		return Scope{SuiteID: a.SuiteID}
	}
	return Scope{}
}

// assignment is what identifies an assignment.
type assignment struct{ applicationID, userID string }

// loaders serve the reads of a refresh in few requests; package batch says how. A reader that needs one object fresh, as a
// data source does, calls [Client.Application] and its like.
type loaders struct {
	suites       *batch.Loader[string, Scope, *Suite]
	projects     *batch.Loader[string, Scope, *Project]
	applications *batch.Loader[string, Scope, *Application]
	users        *batch.Loader[string, Scope, *User]
	assignments  *batch.Loader[assignment, assignment, *ApplicationUser]
}

func newLoaders(c *Client) loaders {
	return loaders{
		suites: batch.NewLoader(objectSource[Suite, SuiteCreate, SuitePatch]{c.suites,
			func(ids *[]string, _ Scope, cursor *string, limit int) any {
				return ListSuitesParams{Ids: ids, Cursor: cursor, Limit: &limit}
			}}),
		projects: batch.NewLoader(objectSource[Project, ProjectCreate, ProjectPatch]{c.projects,
			func(ids *[]string, in Scope, cursor *string, limit int) any {
				return ListProjectsParams{Ids: ids, SuiteId: filter(in.SuiteID), Cursor: cursor, Limit: &limit}
			}}),
		applications: batch.NewLoader(objectSource[Application, ApplicationCreate, ApplicationPatch]{c.applications,
			func(ids *[]string, in Scope, cursor *string, limit int) any {
				return ListApplicationsParams{Ids: ids, SuiteId: filter(in.SuiteID), ProjectId: filter(in.ProjectID), Cursor: cursor, Limit: &limit}
			}}),
		users: batch.NewLoader(objectSource[User, UserCreate, UserPatch]{c.users,
			func(ids *[]string, in Scope, cursor *string, limit int) any {
				return ListUsersParams{Ids: ids, SuiteId: filter(in.SuiteID), ProjectId: filter(in.ProjectID), Cursor: cursor, Limit: &limit}
			}}),
		assignments: batch.NewLoader(assignmentSource{c}),
	}
}

// discard forgets what was listed: see [batch.Loader.Discard].
func (r *loaders) discard() {
	r.suites.Discard()
	r.projects.Discard()
	r.applications.Discard()
	r.users.Discard()
	r.assignments.Discard()
}

// RefreshSuite reads one suite, in company of others where that saves requests. Errors are those of [Client.Suite].
func (c *Client) RefreshSuite(ctx context.Context, id string) (*Suite, error) {
	return c.loaders.suites.Get(ctx, id, Scope{})
}

// RefreshProject reads one project, in company of others where that saves requests.
func (c *Client) RefreshProject(ctx context.Context, id string, in Scope) (*Project, error) {
	return c.loaders.projects.Get(ctx, id, in)
}

// RefreshApplication reads one application, in company of others where that saves requests.
func (c *Client) RefreshApplication(ctx context.Context, id string, in Scope) (*Application, error) {
	return c.loaders.applications.Get(ctx, id, in)
}

// RefreshUser reads one user, in company of others where that saves requests.
func (c *Client) RefreshUser(ctx context.Context, id string, in Scope) (*User, error) {
	return c.loaders.users.Get(ctx, id, in)
}

// RefreshApplicationUser reads one assignment, in company of others where that saves requests.
func (c *Client) RefreshApplicationUser(ctx context.Context, applicationID, userID string) (*ApplicationUser, error) {
	key := assignment{applicationID, userID}
	return c.loaders.assignments.Get(ctx, key, key)
}

// objectSource reads the objects of one collection for the batch loader; one of them as the collection does.
type objectSource[T object, C, P any] struct {
	collection[T, C, P]
	// params are the list's parameters for ids or a scope.
	params func(ids *[]string, in Scope, cursor *string, limit int) any
}

// Many implements [batch.Source].
func (s objectSource[T, C, P]) Many(ctx context.Context, ids []string, progress func(error)) ([]*T, error) {
	list, err := bulkPage(s.list(ctx, s.params(&ids, Scope{}, nil, len(ids)), progress))
	return list.Items, err
}

// Page implements [batch.Source].
func (s objectSource[T, C, P]) Page(ctx context.Context, in Scope, cursor string, progress func(error)) (batch.Page[*T], error) {
	return bulkPage(s.list(ctx, s.params(nil, in, filter(cursor), validation.MaxPageSize), progress))
}

// Refused implements [batch.Source].
func (objectSource[T, C, P]) Refused(err error) bool { return refusedIDs(err) }

// Chunks implements [batch.Source].
func (objectSource[T, C, P]) Chunks(ids []string) [][]string {
	return slices.Collect(slices.Chunk(ids, validation.MaxIDs))
}

// Key implements [batch.Source].
func (objectSource[T, C, P]) Key(of *T) string { return (*of).id() }

// Common implements [batch.Source].
func (objectSource[T, C, P]) Common(a, b Scope) Scope { return common(a, b) }

// refusedIDs knows an error that is about what was asked for, not about the server or the caller: an id that no ATM
// gives, or a URL that a proxy finds too long.
func refusedIDs(err error) bool {
	var (
		p       *ProblemError
		foreign *UnexpectedResponseError
		status  int
	)
	switch {
	case errors.As(err, &p):
		status = p.Status
	case errors.As(err, &foreign):
		status = foreign.Status
	}
	switch status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge:
		return true
	}
	return false
}
