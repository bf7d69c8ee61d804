package atm

import (
	"context"
	"iter"
	"time"
)

func (s Suite) id() string                 { return s.Id }
func (s Suite) etag() string               { return s.Etag }
func (s Suite) created() time.Time         { return s.CreatedAt }
func (s Suite) members() map[string]string { return map[string]string{"name": s.Name} }

// Suite reads one suite. One that does not exist, or that the caller may not see, is an error that [IsNotFound] knows.
func (c *Client) Suite(ctx context.Context, id string) (*Suite, error) {
	return c.suites.One(ctx, id, nil)
}

// CreateSuite creates a suite under the Idempotency-Key. Once ATM may have acted, it is repeated until ctx ends; see
// [UnknownOutcomeError].
func (c *Client) CreateSuite(ctx context.Context, key string, suite SuiteCreate) (*Suite, error) {
	return c.suites.create(ctx, key, suite)
}

// UpdateSuite changes what patch names, if the suite is still as etag says; without an etag, as a fresh read says.
func (c *Client) UpdateSuite(ctx context.Context, id, etag string, patch SuitePatch) (*Suite, error) {
	c.loaders.suites.Wrote(id)
	return c.suites.update(ctx, id, etag, patch)
}

// DeleteSuite deletes the suite, if it is still as etag says; without an etag, as a fresh read says. One that is not found
// is an error that [IsNotFound] knows, unless an earlier attempt of this call may have deleted it.
func (c *Client) DeleteSuite(ctx context.Context, id, etag string) error {
	c.loaders.suites.Wrote(id)
	return c.suites.delete(ctx, id, etag)
}

// Suites reads all suites that the filters of params select, with any number of ids; an empty list of ids selects none.
func (c *Client) Suites(ctx context.Context, params ListSuitesParams) ([]Suite, error) {
	return c.suites.all(params.Ids, func(ids *[]string) iter.Seq2[*Suite, error] {
		params.Ids = ids
		return c.EachSuite(ctx, params, 0)
	})
}

// EachSuite reads the suites that the filters of params select page by page, as they are taken: at most as many as most
// says, or all where it is 0.
func (c *Client) EachSuite(ctx context.Context, params ListSuitesParams, most int) iter.Seq2[*Suite, error] {
	return c.suites.each(ctx, most, func(cursor *string, limit int) any {
		params.Cursor, params.Limit = cursor, &limit
		return params
	})
}

// SuiteNamed finds a suite by its name. The error is a [*NoSuchError] where there is none.
func (c *Client) SuiteNamed(ctx context.Context, name string) (*Suite, error) {
	return c.suites.find(ctx, ListSuitesParams{Name: &name}, name)
}
