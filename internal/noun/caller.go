package noun

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// caller remembers how requests for the caller (GET /api/v1/me) failed. The
// client itself remembers the response.
type caller struct {
	mu sync.Mutex
	// unavailable is set once ATM has answered that it does not have /me, as an
	// older ATM does.
	unavailable error
	failed      bool
}

// Caller returns who calls, and which instance of ATM answers.
func (c *Connection) Caller(ctx context.Context) (*atm.Me, error) {
	if err := c.caller.known(); err != nil {
		return nil, err
	}
	me, err := c.API.Me(ctx)
	if err != nil {
		c.caller.note(err)
		return nil, err
	}
	return me, nil
}

// callerToStore is [Connection.Caller] for an operation that succeeds without
// it: nil where /me fails. It takes at most half of the operation's time, and
// is not tried again in this process.
func (c *Connection) callerToStore(ctx context.Context) *atm.Me {
	if c.caller.hasFailed() {
		return nil
	}
	limited, cancel := briefly(ctx)
	defer cancel()
	me, err := c.Caller(limited)
	if err != nil {
		return nil // Caller has noted it.
	}
	return me
}

// briefly bounds a request that an operation can do without.
func briefly(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := 10 * time.Second
	if deadline, bounded := ctx.Deadline(); bounded {
		limit = min(limit, time.Until(deadline)/2)
	}
	return context.WithTimeout(ctx, limit)
}

func (c *caller) known() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.unavailable
}

func (c *caller) hasFailed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed
}

func (c *caller) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = true
	if atm.IsProblem(err, atm.ProblemUnknownPath) || atm.IsNotFound(err) || isUnexpected(err, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented) {
		c.unavailable = err
	}
}

func isUnexpected(err error, statuses ...int) bool {
	var unexpected *atm.UnexpectedResponseError
	if !errors.As(err, &unexpected) {
		return false
	}
	for _, status := range statuses {
		if unexpected.Status == status {
			return true
		}
	}
	return false
}

// suites remembers the suites of the objects that this process has read or
// written, by their ids, so that an assignment learns the suite of its
// application without a request.
type suites struct{ byID sync.Map }

func (s *suites) learn(id, suite string) {
	if id != "" && suite != "" {
		s.byID.Store(id, suite)
	}
}

// suiteOf returns the suite of an application.
func (c *Connection) suiteOf(ctx context.Context, application string) (string, error) {
	if suite, known := c.suites.byID.Load(application); known {
		return suite.(string), nil
	}
	found, err := c.API.RefreshApplication(ctx, application, atm.Place{})
	if err != nil {
		return "", err
	}
	c.suites.learn(application, found.SuiteId)
	return found.SuiteId, nil
}
