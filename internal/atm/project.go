package atm

import (
	"context"
	"fmt"
	"iter"
	"time"
)

func (p Project) id() string         { return p.Id }
func (p Project) etag() string       { return p.Etag }
func (p Project) created() time.Time { return p.CreatedAt }
func (p Project) members() map[string]string {
	return map[string]string{"name": p.Name, "suiteId": p.SuiteId}
}

// Project reads one project. One that does not exist, or that the caller may not see, is an error that [IsNotFound] knows.
func (c *Client) Project(ctx context.Context, id string) (*Project, error) {
	return c.projects.One(ctx, id, nil)
}

// CreateProject creates a project under the Idempotency-Key. Once ATM may have acted, it is repeated until ctx ends; see
// [UnknownOutcomeError].
func (c *Client) CreateProject(ctx context.Context, key string, project ProjectCreate) (*Project, error) {
	return c.projects.create(ctx, key, project)
}

// UpdateProject changes what patch names, if the project is still as etag says; without an etag, as a fresh read says.
func (c *Client) UpdateProject(ctx context.Context, id, etag string, patch ProjectPatch) (*Project, error) {
	c.loaders.projects.Wrote(id)
	return c.projects.update(ctx, id, etag, patch)
}

// DeleteProject deletes the project, if it is still as etag says; without an etag, as a fresh read says. One that is not found
// is an error that [IsNotFound] knows, unless an earlier attempt of this call may have deleted it.
func (c *Client) DeleteProject(ctx context.Context, id, etag string) error {
	c.loaders.projects.Wrote(id)
	return c.projects.delete(ctx, id, etag)
}

// Projects reads all projects that the filters of params select, with any number of ids; an empty list of ids selects none.
func (c *Client) Projects(ctx context.Context, params ListProjectsParams) ([]Project, error) {
	return c.projects.all(params.Ids, func(ids *[]string) iter.Seq2[*Project, error] {
		params.Ids = ids
		return c.EachProject(ctx, params, 0)
	})
}

// EachProject reads the projects that the filters of params select page by page, as they are taken: at most as many as most
// says, or all where it is 0.
func (c *Client) EachProject(ctx context.Context, params ListProjectsParams, most int) iter.Seq2[*Project, error] {
	return c.projects.each(ctx, most, func(cursor *string, limit int) any {
		params.Cursor, params.Limit = cursor, &limit
		return params
	})
}

// ProjectNamed finds a project by its name in a suite. The error is a [*NoSuchError] where there is none.
func (c *Client) ProjectNamed(ctx context.Context, suiteID, name string) (*Project, error) {
	return c.projects.find(ctx, ListProjectsParams{SuiteId: &suiteID, Name: &name}, name)
}

// ProjectAt finds a project by its suite's name and its own. The error is a [*NoSuchError] of the first of them that
// does not exist.
func (c *Client) ProjectAt(ctx context.Context, suite, project string) (*Project, error) {
	in, err := c.SuiteNamed(ctx, suite)
	if err != nil {
		return nil, err
	}
	found, err := c.ProjectNamed(ctx, in.Id, project)
	if err != nil {
		return nil, fmt.Errorf("in suite %q: %w", suite, err)
	}
	return found, nil
}
