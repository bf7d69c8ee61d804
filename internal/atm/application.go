package atm

import (
	"context"
	"iter"
	"net/http"
)

// Application reads one application. An application that is not there, or that the caller may
// not see, is an error that [IsNotFound] knows.
func (c *Client) Application(ctx context.Context, id string) (*Application, error) {
	return fetch[Application](ctx, c, "read application", func(server string) (*http.Request, error) {
		return NewGetApplicationRequest(server, id)
	})
}

// CreateApplication creates an application under the Idempotency-Key. It goes on until ctx
// ends once ATM may have acted; see [UnknownOutcomeError].
func (c *Client) CreateApplication(ctx context.Context, key string, application ApplicationCreate) (*Application, error) {
	return create[Application](ctx, c, "create application", key, func(server string) (*http.Request, error) {
		return NewCreateApplicationRequest(server, &CreateApplicationParams{IdempotencyKey: &key}, application)
	})
}

// UpdateApplication changes what patch names, if the application is still as etag says;
// without an etag, as a fresh read says.
func (c *Client) UpdateApplication(ctx context.Context, id, etag string, patch ApplicationPatch) (*Application, error) {
	c.readers.applications.Wrote(id)
	etag, err := c.applicationEtag(ctx, id, etag)
	if err != nil {
		return nil, err
	}
	return update(ctx, c, "update application", patch, func(server string) (*http.Request, error) {
		return NewUpdateApplicationRequestWithApplicationMergePatchPlusJSONBody(server, id, &UpdateApplicationParams{IfMatch: &etag}, patch)
	}, func(ctx context.Context) (*Application, error) { return c.Application(ctx, id) })
}

// DeleteApplication deletes the application, if it is still as etag says. One that is
// gone already is no error.
func (c *Client) DeleteApplication(ctx context.Context, id, etag string) error {
	c.readers.applications.Wrote(id)
	etag, err := c.applicationEtag(ctx, id, etag)
	if err != nil {
		return gone(err)
	}
	return remove(ctx, c, "delete application", func(server string) (*http.Request, error) {
		return NewDeleteApplicationRequest(server, id, &DeleteApplicationParams{IfMatch: &etag})
	})
}

// RotateSecret replaces the client secret, if the application is still as etag
// says. The answer holds the new secret where ATM made it.
func (c *Client) RotateSecret(ctx context.Context, id, etag, key string, rotation SecretRotation) (*Application, error) {
	c.readers.applications.Wrote(id)
	etag, err := c.applicationEtag(ctx, id, etag)
	if err != nil {
		return nil, err
	}
	return fetch[Application](ctx, c, "rotate client secret", func(server string) (*http.Request, error) {
		return NewRotateApplicationSecretRequest(server, id,
			&RotateApplicationSecretParams{IfMatch: &etag, IdempotencyKey: &key}, rotation)
	})
}

// ApplicationNamed finds an application by its name in a project.
func (c *Client) ApplicationNamed(ctx context.Context, projectID, name string) (*Application, error) {
	page, err := fetch[ApplicationList](ctx, c, "find application", func(server string) (*http.Request, error) {
		return NewListApplicationsRequest(server, &ListApplicationsParams{ProjectId: &projectID, Name: &name})
	})
	if err != nil {
		return nil, err
	}
	return only(page.Items, "application", name)
}

func (c *Client) applicationEtag(ctx context.Context, id, etag string) (string, error) {
	return etagOr(etag, func() (*Application, error) { return c.Application(ctx, id) }, func(s *Application) string { return s.Etag })
}

// Applications reads all applications that the filters of params select,
// with any number of ids; an empty list of ids selects none.
func (c *Client) Applications(ctx context.Context, params ListApplicationsParams) ([]Application, error) {
	return byIDs(params.Ids, func(ids *[]string) ([]Application, error) {
		params.Ids = ids
		return collect(c.EachApplication(ctx, params, 0))
	}, func(a, b Application) int { return a.CreatedAt.Compare(b.CreatedAt) })
}

// EachApplication reads the applications that the filters of params select page by page, as
// they are taken: at most as many as most says, or all where it is 0.
func (c *Client) EachApplication(ctx context.Context, params ListApplicationsParams, most int) iter.Seq2[*Application, error] {
	return each(most, func(cursor *string, size *int) (*ApplicationList, error) {
		params.Cursor, params.Limit = cursor, size
		return fetch[ApplicationList](ctx, c, "list applications", func(server string) (*http.Request, error) {
			return NewListApplicationsRequest(server, &params)
		})
	}, func(l *ApplicationList) ([]Application, NextCursorOf) { return l.Items, l.NextCursor })
}
