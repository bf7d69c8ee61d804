package atm

import (
	"context"
	"iter"
	"net/http"
)

// Suite reads one suite. A suite that is not there, or that the caller may
// not see, is an error that [IsNotFound] knows.
func (c *Client) Suite(ctx context.Context, id string) (*Suite, error) {
	return fetch[Suite](ctx, c, "read suite", func(server string) (*http.Request, error) {
		return NewGetSuiteRequest(server, id)
	})
}

// CreateSuite creates a suite under the Idempotency-Key. It goes on until ctx
// ends once ATM may have acted; see [UnknownOutcomeError].
func (c *Client) CreateSuite(ctx context.Context, key string, suite SuiteCreate) (*Suite, error) {
	return create[Suite](ctx, c, "create suite", key, func(server string) (*http.Request, error) {
		return NewCreateSuiteRequest(server, &CreateSuiteParams{IdempotencyKey: &key}, suite)
	})
}

// UpdateSuite changes what patch names, if the suite is still as etag says;
// without an etag, as a fresh read says.
func (c *Client) UpdateSuite(ctx context.Context, id, etag string, patch SuitePatch) (*Suite, error) {
	c.readers.suites.Wrote(id)
	etag, err := c.suiteEtag(ctx, id, etag)
	if err != nil {
		return nil, err
	}
	return update(ctx, c, "update suite", patch, func(server string) (*http.Request, error) {
		return NewUpdateSuiteRequestWithApplicationMergePatchPlusJSONBody(server, id, &UpdateSuiteParams{IfMatch: &etag}, patch)
	}, func(ctx context.Context) (*Suite, error) { return c.Suite(ctx, id) })
}

// DeleteSuite deletes the suite, if it is still as etag says. One that is
// gone already is no error.
func (c *Client) DeleteSuite(ctx context.Context, id, etag string) error {
	c.readers.suites.Wrote(id)
	etag, err := c.suiteEtag(ctx, id, etag)
	if err != nil {
		return gone(err)
	}
	return remove(ctx, c, "delete suite", func(server string) (*http.Request, error) {
		return NewDeleteSuiteRequest(server, id, &DeleteSuiteParams{IfMatch: &etag})
	})
}

// SuiteNamed finds a suite by its name.
func (c *Client) SuiteNamed(ctx context.Context, name string) (*Suite, error) {
	page, err := fetch[SuiteList](ctx, c, "find suite", func(server string) (*http.Request, error) {
		return NewListSuitesRequest(server, &ListSuitesParams{Name: &name})
	})
	if err != nil {
		return nil, err
	}
	return only(page.Items, "suite", name)
}

func (c *Client) suiteEtag(ctx context.Context, id, etag string) (string, error) {
	return etagOr(etag, func() (*Suite, error) { return c.Suite(ctx, id) }, func(s *Suite) string { return s.Etag })
}

// Suites reads all suites that the filters of params select,
// with any number of ids; an empty list of ids selects none.
func (c *Client) Suites(ctx context.Context, params ListSuitesParams) ([]Suite, error) {
	return byIDs(params.Ids, func(ids *[]string) ([]Suite, error) {
		params.Ids = ids
		return collect(c.EachSuite(ctx, params, 0))
	}, func(a, b Suite) int { return a.CreatedAt.Compare(b.CreatedAt) })
}

// EachSuite reads the suites that the filters of params select page by page, as
// they are taken: at most as many as most says, or all where it is 0.
func (c *Client) EachSuite(ctx context.Context, params ListSuitesParams, most int) iter.Seq2[*Suite, error] {
	return each(most, func(cursor *string, size *int) (*SuiteList, error) {
		params.Cursor, params.Limit = cursor, size
		return fetch[SuiteList](ctx, c, "list suites", func(server string) (*http.Request, error) {
			return NewListSuitesRequest(server, &params)
		})
	}, func(l *SuiteList) ([]Suite, NextCursorOf) { return l.Items, l.NextCursor })
}
