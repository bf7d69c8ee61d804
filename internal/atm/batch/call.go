package batch

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// A call is one waiting read. Its fields are guarded by the reader's mutex until done is closed.
type call[K comparable, S comparable, T any] struct {
	key K
	// fresh passes by what was listed.
	fresh bool
	// left is set when the waiter was cancelled.
	left bool
	// deadline is the waiter's, zero where it has none.
	deadline time.Time
	shared   *sharedRequest
	done     chan struct{}
	object   T
	err      error
}

// A sharedRequest is the request, or the few, that a group of calls shares.
type sharedRequest struct {
	cancel  context.CancelFunc
	waiters int
	// last is the error that the request would have ended with after its last attempt.
	last error
}

// wait returns the call's result. A waiter whose context ends before gets the context's cause and what its request met
// until then; the last waiter to leave a request cancels it.
func (c *call[K, S, T]) wait(ctx context.Context, mu *sync.Mutex) (T, error) {
	select {
	case <-c.done:
		return c.object, c.err
	case <-ctx.Done():
	}
	mu.Lock()
	defer mu.Unlock()
	c.left = true
	if c.shared != nil {
		c.shared.waiters--
		if c.shared.waiters == 0 {
			c.shared.cancel()
		}
	}
	var none T
	if c.shared == nil || c.shared.last == nil {
		return none, context.Cause(ctx)
	}
	return none, fmt.Errorf("%w; the last attempt: %w", context.Cause(ctx), c.shared.last)
}

func (c *call[K, S, T]) finish(object T, err error) {
	c.object, c.err = object, err
	close(c.done)
}
