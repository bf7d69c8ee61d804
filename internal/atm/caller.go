package atm

import (
	"context"
	"net/http"
	"sync"

	"golang.org/x/sync/singleflight"
)

// meCache keeps who the caller is, which does not change while a token family lives.
type meCache struct {
	group singleflight.Group
	mu    sync.Mutex
	me    *Me
	err   error // of an ATM that has no such endpoint
}

// Me tells who the provider signs in as, and which instance of ATM responds. It is requested at most once with
// success. An ATM may lack the endpoint: the error is then an [*UnexpectedResponseError] or a [ProblemUnknownPath],
// and is kept as well.
func (c *Client) Me(ctx context.Context) (*Me, error) {
	if me, err := c.me.known(); me != nil || err != nil {
		return me, err
	}
	return share(ctx, &c.me.group, "", func(ctx context.Context) (*Me, error) {
		// Another request may have ended since.
		if me, err := c.me.known(); me != nil || err != nil {
			return me, err
		}
		r := newRequest("read caller", http.MethodGet, "/api/v1/me")
		r.optional = true
		me, err := do[Me](ctx, c, r)
		c.me.mu.Lock()
		defer c.me.mu.Unlock()
		if c.me.me = me; err != nil && lacksEndpoint(err) {
			c.me.err = err
		}
		return me, err
	})
}

func (m *meCache) known() (*Me, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.me, m.err
}
