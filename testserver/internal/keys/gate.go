package keys

import (
	"context"
	"errors"
	"sync/atomic"
)

// ErrBusy is returned by Admit when as many responses as the queue holds are
// waiting for their signatures: the caller should return 503 with Retry-After.
var ErrBusy = errors.New("too many signatures are waiting")

// gate lets as many goroutines sign as there are cores, in the order of their
// arrival, and as many wait as its queue holds. More signers than cores would
// make every response late instead of some.
type gate struct {
	slots    chan struct{}
	admitted atomic.Int64
	limit    int64
}

func newGate(cores, queue int) *gate {
	return &gate{slots: make(chan struct{}, cores), limit: int64(cores + queue)}
}

// admit takes a place in the queue, or none when it is full.
func (g *gate) admit() error {
	if g.admitted.Add(1) > g.limit {
		g.admitted.Add(-1)
		return ErrBusy
	}
	return nil
}

func (g *gate) leave() { g.admitted.Add(-1) }

func (g *gate) enter(ctx context.Context) error {
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (g *gate) exit() { <-g.slots }
