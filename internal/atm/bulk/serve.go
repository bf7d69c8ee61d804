package bulk

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// confirmations is how many absences of one group are confirmed at a time.
const confirmations = 8

// serve answers every call of a group: from what was listed, from one more page where the budget allows it, and the
// rest by asking for it.
func (r *Reader[K, S, T]) serve(ctx context.Context, group []*call[K, S, T]) {
	rest := r.fromListed(group)
	if len(rest) > 0 && r.readAhead(ctx, rest) {
		rest = r.fromListed(rest)
	}
	if len(rest) > 0 {
		r.ask(ctx, rest)
	}
}

// fromListed answers what was listed and returns the calls that remain.
func (r *Reader[K, S, T]) fromListed(calls []*call[K, S, T]) []*call[K, S, T] {
	r.mu.Lock()
	defer r.mu.Unlock()
	rest := calls[:0:0]
	for _, c := range calls {
		if !r.burst.answer(c) {
			rest = append(rest, c)
		}
	}
	return rest
}

// readAhead fetches the next page of the burst's scope where the budget allows it and a call could use it. A page that
// fails ends the listing of this burst and nothing else: the calls are answered by asking for them.
func (r *Reader[K, S, T]) readAhead(ctx context.Context, rest []*call[K, S, T]) bool {
	r.mu.Lock()
	if !r.burst.mayList() || !slices.ContainsFunc(rest, func(c *call[K, S, T]) bool { return !c.fresh }) {
		r.mu.Unlock()
		return false
	}
	scope, cursor, writes, at := r.burst.scope, r.burst.cursor, r.writes, time.Now()
	r.burst.pages++
	r.mu.Unlock()

	page, err := r.source.Page(ctx, scope, cursor)

	r.mu.Lock()
	defer r.mu.Unlock()
	// A write, a wider scope or a new burst while the page was under way: it belongs to a listing that is gone.
	if r.writes != writes || r.burst.scope != scope || r.burst.cursor != cursor || r.burst.pages == 0 {
		return false
	}
	if err != nil {
		r.burst.complete = true
		return false
	}
	waiting := map[K]struct{}{}
	for _, c := range slices.Concat(rest, r.pending) {
		waiting[c.key] = struct{}{}
	}
	r.burst.keep(page, at, r.source.Key, waiting)
	return true
}

// ask reads what no listing answered, in as few requests as the source allows.
func (r *Reader[K, S, T]) ask(ctx context.Context, calls []*call[K, S, T]) {
	byKey := map[K][]*call[K, S, T]{}
	var keys []K
	for _, c := range calls {
		if _, known := byKey[c.key]; !known {
			keys = append(keys, c.key)
		}
		byKey[c.key] = append(byKey[c.key], c)
	}
	for _, chunk := range r.source.Chunks(keys) {
		r.mu.Lock()
		r.burst.requests++
		r.mu.Unlock()
		r.askChunk(ctx, chunk, byKey)
	}
}

// askChunk reads the keys of one request and confirms, one by one, those that the answer leaves out.
func (r *Reader[K, S, T]) askChunk(ctx context.Context, chunk []K, byKey map[K][]*call[K, S, T]) {
	missing := chunk
	if len(chunk) > 1 {
		objects, err := r.source.Many(ctx, chunk)
		switch {
		case err == nil:
			missing = r.finishFound(chunk, objects, byKey)
		case !r.source.Refused(err):
			for _, key := range chunk {
				r.finish(byKey[key], *new(T), err)
			}
			return
		}
	}
	var group errgroup.Group
	group.SetLimit(confirmations)
	for _, key := range missing {
		group.Go(func() error {
			object, err := r.source.One(ctx, key)
			r.finish(byKey[key], object, err)
			return nil
		})
	}
	_ = group.Wait() // The errors went to the waiters.
}

// finishFound answers the calls whose object came back and returns the keys that remain.
func (r *Reader[K, S, T]) finishFound(chunk []K, objects []T, byKey map[K][]*call[K, S, T]) []K {
	found := make(map[K]T, len(objects))
	for _, object := range objects {
		found[r.source.Key(object)] = object
	}
	missing := chunk[:0:0]
	for _, key := range chunk {
		if object, ok := found[key]; ok {
			r.finish(byKey[key], object, nil)
		} else {
			missing = append(missing, key)
		}
	}
	return missing
}

// finish answers all calls for one key. A key that could not be read is not counted among those that a listing can
// leave out.
func (r *Reader[K, S, T]) finish(calls []*call[K, S, T], object T, err error) {
	if err != nil {
		r.mu.Lock()
		delete(r.burst.asked, calls[0].key)
		r.mu.Unlock()
	}
	for _, c := range calls {
		c.finish(object, err)
	}
}
