package atm

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"time"
)

func (a Application) id() string         { return a.Id }
func (a Application) etag() string       { return a.Etag }
func (a Application) created() time.Time { return a.CreatedAt }
func (a Application) members() map[string]string {
	return map[string]string{"name": a.Name, "suiteId": a.SuiteId, "projectId": a.ProjectId}
}

// Application reads one application. One that does not exist, or that the caller may not see, is an error that [IsNotFound] knows.
func (c *Client) Application(ctx context.Context, id string) (*Application, error) {
	return c.applications.One(ctx, id, nil)
}

// CreateApplication creates an application under the Idempotency-Key. Once ATM may have acted, it is repeated until ctx ends; see
// [UnknownOutcomeError].
func (c *Client) CreateApplication(ctx context.Context, key string, application ApplicationCreate) (*Application, error) {
	return c.applications.create(ctx, key, application, deref(application.ClientSecret))
}

// UpdateApplication changes what patch names, if the application is still as etag says; without an etag, as a fresh read says.
func (c *Client) UpdateApplication(ctx context.Context, id, etag string, patch ApplicationPatch) (*Application, error) {
	c.loaders.applications.Wrote(id)
	return c.applications.update(ctx, id, etag, patch)
}

// DeleteApplication deletes the application, if it is still as etag says; without an etag, as a fresh read says. One that is not found
// is an error that [IsNotFound] knows, unless an earlier attempt of this call may have deleted it.
func (c *Client) DeleteApplication(ctx context.Context, id, etag string) error {
	c.loaders.applications.Wrote(id)
	return c.applications.delete(ctx, id, etag)
}

// Applications reads all applications that the filters of params select, with any number of ids; an empty list of ids selects none.
func (c *Client) Applications(ctx context.Context, params ListApplicationsParams) ([]Application, error) {
	return c.applications.all(params.Ids, func(ids *[]string) iter.Seq2[*Application, error] {
		params.Ids = ids
		return c.EachApplication(ctx, params, 0)
	})
}

// EachApplication reads the applications that the filters of params select page by page, as they are taken: at most as many as most
// says, or all where it is 0.
func (c *Client) EachApplication(ctx context.Context, params ListApplicationsParams, most int) iter.Seq2[*Application, error] {
	return c.applications.each(ctx, most, func(cursor *string, limit int) any {
		params.Cursor, params.Limit = cursor, &limit
		return params
	})
}

// ApplicationNamed finds an application by its name in a project. The error is a [*NoSuchError] where there is none.
func (c *Client) ApplicationNamed(ctx context.Context, projectID, name string) (*Application, error) {
	return c.applications.find(ctx, ListApplicationsParams{ProjectId: &projectID, Name: &name}, name)
}

// ApplicationAt finds an application by the names of its suite and its project and its own. The error is a
// [*NoSuchError] of the first of them that does not exist.
func (c *Client) ApplicationAt(ctx context.Context, suite, project, application string) (*Application, error) {
	in, err := c.ProjectAt(ctx, suite, project)
	if err != nil {
		return nil, err
	}
	found, err := c.ApplicationNamed(ctx, in.Id, application)
	if err != nil {
		return nil, fmt.Errorf("in project %q: %w", suite+"/"+project, err)
	}
	return found, nil
}

// RotateSecret replaces the client secret, if the application is still as etag says. The result has the new secret
// where ATM generated it. Under one key the same rotation happens once; an [*UnknownOutcomeError] is one that may have
// happened.
func (c *Client) RotateSecret(ctx context.Context, id, etag, key string, rotation SecretRotation) (*Application, error) {
	c.loaders.applications.Wrote(id)
	etag, err := c.applications.currentEtag(ctx, id, etag)
	if err != nil {
		return nil, err
	}
	r := newRequest("rotate client secret", http.MethodPost, c.applications.path, id, "secret").withStatus(http.StatusOK).
		withHeader("If-Match", etag).withJSON(typeJSON, rotation)
	r.secrets = []string{deref(rotation.ClientSecret)}
	return create(ctx, c, key, r, hasID[Application](id))
}
