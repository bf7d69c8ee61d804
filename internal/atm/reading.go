package atm

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/bulk"
)

// Place is where an object lies, as far as its reader knows; the zero value is anywhere. A listing that reads ahead
// is narrowed to it.
type Place struct{ SuiteID, ProjectID string }

// common is the narrowest place that holds both.
func common(a, b Place) Place {
	switch {
	case a == b:
		return a
	case a.SuiteID == b.SuiteID:
		return Place{SuiteID: a.SuiteID}
	}
	return Place{}
}

// assignment is what identifies an assignment.
type assignment struct{ applicationID, userID string }

// readers answer the reads of a refresh in few requests; package bulk says how. Whoever needs an object by itself, as
// a data source does, asks for it by [Client.Application] and its like.
type readers struct {
	suites       *bulk.Reader[string, Place, *Suite]
	projects     *bulk.Reader[string, Place, *Project]
	applications *bulk.Reader[string, Place, *Application]
	users        *bulk.Reader[string, Place, *User]
	assignments  *bulk.Reader[assignment, assignment, *ApplicationUser]
}

func newReaders(c *Client) readers {
	return readers{
		suites: bulk.NewReader(objectSource[Suite, SuiteCreate, SuitePatch]{c.suites,
			func(ids *[]string, _ Place, cursor *string, limit int) any {
				return ListSuitesParams{Ids: ids, Cursor: cursor, Limit: &limit}
			}}),
		projects: bulk.NewReader(objectSource[Project, ProjectCreate, ProjectPatch]{c.projects,
			func(ids *[]string, in Place, cursor *string, limit int) any {
				return ListProjectsParams{Ids: ids, SuiteId: filter(in.SuiteID), Cursor: cursor, Limit: &limit}
			}}),
		applications: bulk.NewReader(objectSource[Application, ApplicationCreate, ApplicationPatch]{c.applications,
			func(ids *[]string, in Place, cursor *string, limit int) any {
				return ListApplicationsParams{Ids: ids, SuiteId: filter(in.SuiteID), ProjectId: filter(in.ProjectID), Cursor: cursor, Limit: &limit}
			}}),
		users: bulk.NewReader(objectSource[User, UserCreate, UserPatch]{c.users,
			func(ids *[]string, in Place, cursor *string, limit int) any {
				return ListUsersParams{Ids: ids, SuiteId: filter(in.SuiteID), ProjectId: filter(in.ProjectID), Cursor: cursor, Limit: &limit}
			}}),
		assignments: bulk.NewReader(assignmentSource{c}),
	}
}

// discard forgets what was listed: see [bulk.Reader.Discard].
func (r *readers) discard() {
	r.suites.Discard()
	r.projects.Discard()
	r.applications.Discard()
	r.users.Discard()
	r.assignments.Discard()
}

// RefreshSuite reads one suite, in company of others where that saves requests. Errors are those of [Client.Suite].
func (c *Client) RefreshSuite(ctx context.Context, id string) (*Suite, error) {
	return c.readers.suites.Get(ctx, id, Place{})
}

// RefreshProject reads one project, in company of others where that saves requests.
func (c *Client) RefreshProject(ctx context.Context, id string, in Place) (*Project, error) {
	return c.readers.projects.Get(ctx, id, in)
}

// RefreshApplication reads one application, in company of others where that saves requests.
func (c *Client) RefreshApplication(ctx context.Context, id string, in Place) (*Application, error) {
	return c.readers.applications.Get(ctx, id, in)
}

// RefreshUser reads one user, in company of others where that saves requests.
func (c *Client) RefreshUser(ctx context.Context, id string, in Place) (*User, error) {
	return c.readers.users.Get(ctx, id, in)
}

// RefreshApplicationUser reads one assignment, in company of others where that saves requests.
func (c *Client) RefreshApplicationUser(ctx context.Context, applicationID, userID string) (*ApplicationUser, error) {
	key := assignment{applicationID, userID}
	return c.readers.assignments.Get(ctx, key, key)
}

// objectSource reads the objects of one collection for the batch loader.
type objectSource[T object, C, P any] struct {
	collection[T, C, P]
	// params are the list's parameters for ids or a scope.
	params func(ids *[]string, in Place, cursor *string, limit int) any
}

// One implements [bulk.Source].
func (s objectSource[T, C, P]) One(ctx context.Context, id string, progress func(error)) (*T, error) {
	return s.get(ctx, id, progress)
}

// Many implements [bulk.Source].
func (s objectSource[T, C, P]) Many(ctx context.Context, ids []string, progress func(error)) ([]*T, error) {
	list, err := bulkPage(s.list(ctx, s.params(&ids, Place{}, nil, len(ids)), progress))
	return list.Items, err
}

// Page implements [bulk.Source].
func (s objectSource[T, C, P]) Page(ctx context.Context, in Place, cursor string, progress func(error)) (bulk.Page[*T], error) {
	return bulkPage(s.list(ctx, s.params(nil, in, filter(cursor), largestPage), progress))
}

// Refused implements [bulk.Source].
func (objectSource[T, C, P]) Refused(err error) bool { return refusedIDs(err) }

// Chunks implements [bulk.Source].
func (objectSource[T, C, P]) Chunks(ids []string) [][]string {
	return slices.Collect(slices.Chunk(ids, maxIDs))
}

// Key implements [bulk.Source].
func (objectSource[T, C, P]) Key(of *T) string { return (*of).id() }

// Common implements [bulk.Source].
func (objectSource[T, C, P]) Common(a, b Place) Place { return common(a, b) }

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
