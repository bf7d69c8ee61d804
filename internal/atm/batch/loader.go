package batch

import (
	"context"
	"sync"
	"time"
)

const (
	// Idle is how long what was listed is kept without a read.
	Idle = time.Second
	// MaxAge is how long what was listed is kept at all.
	MaxAge = 10 * time.Second
)

// A Source says how objects of one kind are read. K is an object's key, S a scope in which objects can be listed, and
// T the object. All methods are called on a context that the waiters share; none may change what it was given. They
// tell progress the error that the request would end with now, so that a waiter that cannot wait any longer knows what
// kept it waiting.
type Source[K comparable, S comparable, T any] interface {
	// One reads one object; its error for an object that does not exist is handed to the waiter as it is.
	One(ctx context.Context, key K, progress func(error)) (T, error)
	// Many reads the objects of one chunk in one request; those that do not exist are left out.
	Many(ctx context.Context, keys []K, progress func(error)) ([]T, error)
	// Refused tells of an error of Many whether it is about one of the keys: each is then read separately, so that one
	// bad key does not fail the others. Any other error reaches every waiter.
	Refused(err error) bool
	// Chunks divides keys into what one request may ask for.
	Chunks(keys []K) [][]K
	// Page reads a page of the listing of a scope; an empty cursor asks for the first.
	Page(ctx context.Context, scope S, cursor string, progress func(error)) (Page[T], error)
	// Key tells an object's key.
	Key(object T) K
	// Common returns the narrowest scope that holds both.
	Common(a, b S) S
}

// A Page is a part of a listing.
type Page[T any] struct {
	Items []T
	// Next is the cursor of the page behind this one, empty on the last.
	Next string
	// Total counts the objects of the whole listing.
	Total int
}

// A Loader reads objects of one kind, in as few requests as the package comment says. It is safe for concurrent use.
type Loader[K comparable, S comparable, T any] struct {
	source Source[K, S, T]

	mu      sync.Mutex
	pending []*call[K, S, T]
	running bool
	batch   batch[K, S, T]
	// writes counts calls of Discard, so that a page that was asked for before a write is not kept after it.
	writes int
	wrote  map[K]struct{}
}

// NewLoader returns a Loader of what the source reads.
func NewLoader[K comparable, S comparable, T any](source Source[K, S, T]) *Loader[K, S, T] {
	return &Loader[K, S, T]{source: source, wrote: map[K]struct{}{}}
}

// Get reads the object with this key. The scope is the narrowest that is known to hold it; a wrong one costs requests,
// never a wrong result. The error is that of the request that should have returned the object, or the context's own.
func (r *Loader[K, S, T]) Get(ctx context.Context, key K, scope S) (T, error) {
	r.mu.Lock()
	r.batch.begin(time.Now(), scope, r.source.Common)
	_, wrote := r.wrote[key]
	c := &call[K, S, T]{key: key, fresh: wrote, done: make(chan struct{})}
	c.deadline, _ = ctx.Deadline()
	if r.batch.serve(c) {
		r.mu.Unlock()
		return c.object, nil
	}
	r.pending = append(r.pending, c)
	if !r.running {
		r.running = true
		go r.run(context.WithoutCancel(ctx))
	}
	r.mu.Unlock()
	return c.wait(ctx, &r.mu)
}

// Discard throws away what was listed. It is called before and after every write of any kind by this process: a
// deletion of one object may take others with it.
func (r *Loader[K, S, T]) Discard() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writes++
	r.batch = batch[K, S, T]{}
}

// Wrote remembers that this process wrote the object, or tried to, so that no listing is used for it.
func (r *Loader[K, S, T]) Wrote(key K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrote[key] = struct{}{}
}

// run serves what is pending, group by group, until nothing is. A group has the latest deadline of its waiters. run
// completes its calls in turn from what was listed and by requests, one at a time: it weighs the budget of the listing
// again after each request, so that a group of many chunks does not overrun it.
func (r *Loader[K, S, T]) run(ctx context.Context) {
	for {
		r.mu.Lock()
		group := r.take()
		if len(group) == 0 {
			r.running = false
			r.mu.Unlock()
			return
		}
		groupCtx, cancel := withLatestDeadline(ctx, group)
		f := &sharedRequest{cancel: cancel, waiters: len(group)}
		for _, c := range group {
			c.shared = f
		}
		r.mu.Unlock()
		progress := func(err error) { r.note(f, err) }
		for rest := r.fromListed(group); len(rest) > 0; {
			if r.readAhead(groupCtx, rest, progress) {
				rest = r.fromListed(rest)
			} else {
				rest = r.request(groupCtx, rest, progress)
			}
		}
		cancel()
	}
}

// take empties pending and returns those whose waiter is still there.
func (r *Loader[K, S, T]) take() []*call[K, S, T] {
	group := r.pending[:0:0]
	for _, c := range r.pending {
		if !c.left {
			group = append(group, c)
		}
	}
	r.pending = nil
	return group
}

// note keeps what a group's request would end with.
func (r *Loader[K, S, T]) note(f *sharedRequest, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f.last = err
}

// grace lets a waiter leave at its own deadline before the shared request ends at the same time, because the waiter's
// error names the timeout.
const grace = 100 * time.Millisecond

// withLatestDeadline bounds ctx by the latest deadline of the calls; a call without one has none.
func withLatestDeadline[K comparable, S comparable, T any](ctx context.Context, group []*call[K, S, T]) (context.Context, context.CancelFunc) {
	var latest time.Time
	for _, c := range group {
		if c.deadline.IsZero() {
			return context.WithCancel(ctx)
		}
		if c.deadline.After(latest) {
			latest = c.deadline
		}
	}
	return context.WithDeadline(ctx, latest.Add(grace))
}
