// Package body reads request bodies, for every endpoint of the server, and
// bounds them as openapi.yaml says. It knows nothing of what a body contains.
package body

import (
	"io"
	"net/http"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
)

// Limits of a body, in bytes.
const (
	// Limit is for the management API and the test-control API.
	Limit = 1 << 20
	// FormLimit is for the token endpoints and the pages. The largest ordinary
	// body has a few kilobytes: a refresh token with its id token.
	FormLimit = 64 << 10
)

// Read returns the body of a request. Its error is a *problem.Error: 413 for a
// body of more than limit bytes, 400 for one that ended too early.
func Read(r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, problem.PayloadTooLarge(limit)
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	switch {
	case err != nil:
		return nil, problem.InvalidRequest("The body ended before it was complete.")
	case int64(len(data)) > limit:
		return nil, problem.PayloadTooLarge(limit)
	}
	return data, nil
}
