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

func (p Place) filters() (suiteID, projectID *string) { return filter(p.SuiteID), filter(p.ProjectID) }

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
		suites: bulk.NewReader(byID(c.Suite, c.suitesPage, func(s *Suite) string { return s.Id })),
		projects: bulk.NewReader(byID(c.Project, c.projectsPage,
			func(p *Project) string { return p.Id })),
		applications: bulk.NewReader(byID(c.Application, c.applicationsPage,
			func(a *Application) string { return a.Id })),
		users:       bulk.NewReader(byID(c.User, c.usersPage, func(u *User) string { return u.Id })),
		assignments: bulk.NewReader(c.assignmentSource()),
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

// listing asks for one page of a list: of the given ids, or of what lies in a place.
type listing[T any] func(ctx context.Context, ids *[]string, in Place, cursor *string, limit int) (bulk.Page[T], error)

// byID is the source of objects that are told apart by one id.
func byID[T any](one func(context.Context, string) (T, error), list listing[T], key func(T) string) bulk.Source[string, Place, T] {
	return bulk.Source[string, Place, T]{
		One: one,
		Many: func(ctx context.Context, ids []string) ([]T, error) {
			page, err := list(ctx, &ids, Place{}, nil, len(ids))
			return page.Items, err
		},
		Refused: refused,
		Chunks:  func(ids []string) [][]string { return slices.Collect(slices.Chunk(ids, maxIDs)) },
		Page: func(ctx context.Context, in Place, cursor string) (bulk.Page[T], error) {
			return list(ctx, nil, in, filter(cursor), *pageSize())
		},
		Key:    key,
		Common: common,
	}
}

func (c *Client) suitesPage(ctx context.Context, ids *[]string, _ Place, cursor *string, limit int) (bulk.Page[*Suite], error) {
	answer, err := fetch[SuiteList](ctx, c, "list suites", func(server string) (*http.Request, error) {
		return NewListSuitesRequest(server, &ListSuitesParams{Ids: ids, Cursor: cursor, Limit: &limit})
	})
	return pageOf(answer, err, func(l *SuiteList) ([]Suite, NextCursorOf, int) { return l.Items, l.NextCursor, l.Total })
}

func (c *Client) projectsPage(ctx context.Context, ids *[]string, in Place, cursor *string, limit int) (bulk.Page[*Project], error) {
	answer, err := fetch[ProjectList](ctx, c, "list projects", func(server string) (*http.Request, error) {
		return NewListProjectsRequest(server, &ListProjectsParams{Ids: ids, SuiteId: filter(in.SuiteID), Cursor: cursor, Limit: &limit})
	})
	return pageOf(answer, err, func(l *ProjectList) ([]Project, NextCursorOf, int) { return l.Items, l.NextCursor, l.Total })
}

func (c *Client) applicationsPage(ctx context.Context, ids *[]string, in Place, cursor *string, limit int) (bulk.Page[*Application], error) {
	suiteID, projectID := in.filters()
	answer, err := fetch[ApplicationList](ctx, c, "list applications", func(server string) (*http.Request, error) {
		return NewListApplicationsRequest(server, &ListApplicationsParams{Ids: ids, SuiteId: suiteID, ProjectId: projectID, Cursor: cursor, Limit: &limit})
	})
	return pageOf(answer, err, func(l *ApplicationList) ([]Application, NextCursorOf, int) { return l.Items, l.NextCursor, l.Total })
}

func (c *Client) usersPage(ctx context.Context, ids *[]string, in Place, cursor *string, limit int) (bulk.Page[*User], error) {
	suiteID, projectID := in.filters()
	answer, err := fetch[UserList](ctx, c, "list users", func(server string) (*http.Request, error) {
		return NewListUsersRequest(server, &ListUsersParams{Ids: ids, SuiteId: suiteID, ProjectId: projectID, Cursor: cursor, Limit: &limit})
	})
	return pageOf(answer, err, func(l *UserList) ([]User, NextCursorOf, int) { return l.Items, l.NextCursor, l.Total })
}

// pageOf turns the answer of a generated list, or its error, into a page.
func pageOf[L, T any](answer *L, err error, parts func(*L) ([]T, NextCursorOf, int)) (bulk.Page[*T], error) {
	if err != nil {
		return bulk.Page[*T]{}, err
	}
	items, next, total := parts(answer)
	page := bulk.Page[*T]{Items: make([]*T, len(items)), Total: total}
	for i := range items {
		page.Items[i] = &items[i]
	}
	if next.IsSpecified() && !next.IsNull() {
		page.Next = next.MustGet()
	}
	return page, nil
}

// refused tells of an answer that is about what was asked for, not about the server or the caller: an id that no ATM
// gives, or an address that a proxy finds too long.
func refused(err error) bool {
	var p *ProblemError
	if !errors.As(err, &p) {
		return false
	}
	switch p.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge:
		return true
	}
	return false
}

// filter is nil where there is nothing to filter by.
func filter(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}

// filterIDs is [filter] for ids.
func filterIDs(ids []string) *[]string {
	if len(ids) == 0 {
		return nil
	}
	return &ids
}

// maxIDs is how many ids one request takes.
const maxIDs = 200
