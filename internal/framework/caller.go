package framework

import (
	"context"
	"sync"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// Caller returns who calls, and which instance of ATM responds (GET /api/v1/me).
func (c *Connection) Caller(ctx context.Context) (*atm.Me, error) {
	me, err := c.API.Me(ctx)
	if err != nil {
		c.callerFailed.Store(true)
	}
	return me, err
}

// callerToStore is [Connection.Caller] for an operation that succeeds without
// it: nil where /me fails. It takes at most half of the operation's time, and
// is not tried again in this process.
func (c *Connection) callerToStore(ctx context.Context) *atm.Me {
	if c.callerFailed.Load() {
		return nil
	}
	limited, cancel := briefly(ctx)
	defer cancel()
	me, err := c.Caller(limited)
	if err != nil {
		return nil
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
	found, err := c.API.RefreshApplication(ctx, application, atm.Scope{})
	if err != nil {
		return "", err
	}
	c.suites.learn(application, found.SuiteId)
	return found.SuiteId, nil
}
