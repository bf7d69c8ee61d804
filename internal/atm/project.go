package atm

import (
	"context"
	"iter"
	"net/http"
)

// Project reads one project. A project that is not there, or that the caller may
// not see, is an error that [IsNotFound] knows.
func (c *Client) Project(ctx context.Context, id string) (*Project, error) {
	return fetch[Project](ctx, c, "read project", func(server string) (*http.Request, error) {
		return NewGetProjectRequest(server, id)
	})
}

// CreateProject creates a project under the Idempotency-Key. It goes on until ctx
// ends once ATM may have acted; see [UnknownOutcomeError].
func (c *Client) CreateProject(ctx context.Context, key string, project ProjectCreate) (*Project, error) {
	return create[Project](ctx, c, "create project", key, func(server string) (*http.Request, error) {
		return NewCreateProjectRequest(server, &CreateProjectParams{IdempotencyKey: &key}, project)
	})
}

// UpdateProject changes what patch names, if the project is still as etag says;
// without an etag, as a fresh read says.
func (c *Client) UpdateProject(ctx context.Context, id, etag string, patch ProjectPatch) (*Project, error) {
	c.readers.projects.Wrote(id)
	etag, err := c.projectEtag(ctx, id, etag)
	if err != nil {
		return nil, err
	}
	return update(ctx, c, "update project", patch, func(server string) (*http.Request, error) {
		return NewUpdateProjectRequestWithApplicationMergePatchPlusJSONBody(server, id, &UpdateProjectParams{IfMatch: &etag}, patch)
	}, func(ctx context.Context) (*Project, error) { return c.Project(ctx, id) })
}

// DeleteProject deletes the project, if it is still as etag says. One that is
// gone already is no error.
func (c *Client) DeleteProject(ctx context.Context, id, etag string) error {
	c.readers.projects.Wrote(id)
	etag, err := c.projectEtag(ctx, id, etag)
	if err != nil {
		return gone(err)
	}
	return remove(ctx, c, "delete project", func(server string) (*http.Request, error) {
		return NewDeleteProjectRequest(server, id, &DeleteProjectParams{IfMatch: &etag})
	})
}

// ProjectNamed finds a project by its name in a suite.
func (c *Client) ProjectNamed(ctx context.Context, suiteID, name string) (*Project, error) {
	page, err := fetch[ProjectList](ctx, c, "find project", func(server string) (*http.Request, error) {
		return NewListProjectsRequest(server, &ListProjectsParams{SuiteId: &suiteID, Name: &name})
	})
	if err != nil {
		return nil, err
	}
	return only(page.Items, "project", name)
}

func (c *Client) projectEtag(ctx context.Context, id, etag string) (string, error) {
	return etagOr(etag, func() (*Project, error) { return c.Project(ctx, id) }, func(s *Project) string { return s.Etag })
}

// Projects reads all projects that the filters of params select,
// with any number of ids; an empty list of ids selects none.
func (c *Client) Projects(ctx context.Context, params ListProjectsParams) ([]Project, error) {
	return byIDs(params.Ids, func(ids *[]string) ([]Project, error) {
		params.Ids = ids
		return collect(c.EachProject(ctx, params, 0))
	}, func(a, b Project) int { return a.CreatedAt.Compare(b.CreatedAt) })
}

// EachProject reads the projects that the filters of params select page by page, as
// they are taken: at most as many as most says, or all where it is 0.
func (c *Client) EachProject(ctx context.Context, params ListProjectsParams, most int) iter.Seq2[*Project, error] {
	return each(most, func(cursor *string, size *int) (*ProjectList, error) {
		params.Cursor, params.Limit = cursor, size
		return fetch[ProjectList](ctx, c, "list projects", func(server string) (*http.Request, error) {
			return NewListProjectsRequest(server, &params)
		})
	}, func(l *ProjectList) ([]Project, NextCursorOf) { return l.Items, l.NextCursor })
}
