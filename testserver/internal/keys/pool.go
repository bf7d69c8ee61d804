package keys

import (
	"context"
	"sync"
)

// Pool is a source of keys that several managers may draw from, the n-th key of
// each manager being the same: generating an RSA key takes longer than
// everything else that a server does at its start, so servers of one test
// process may share theirs. Servers that share keys accept each other's
// signatures, though not each other's tokens, whose families they do not know.
//
// Keys are generated when they are first asked for. The zero value is ready.
type Pool struct {
	mu   sync.Mutex
	keys []*pooled
}

type pooled struct {
	done chan struct{}
	key  *Key
	err  error
}

// Process is the pool of this process.
var Process Pool

// at returns the n-th key. Its generation goes on when ctx ends, for the next
// one who asks.
func (p *Pool) at(ctx context.Context, n int) (*Key, error) {
	p.mu.Lock()
	for len(p.keys) <= n {
		slot := &pooled{done: make(chan struct{})}
		p.keys = append(p.keys, slot)
		go func() {
			defer close(slot.done)
			slot.key, slot.err = Generate()
		}()
	}
	slot := p.keys[n]
	p.mu.Unlock()
	select {
	case <-slot.done:
		return slot.key, slot.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
