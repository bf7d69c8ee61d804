package batch

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// maxSingleReads is how many objects of one group are read separately at a time.
const maxSingleReads = 8

// fromListed completes the calls for what was listed and returns the calls that remain.
func (r *Loader[K, S, T]) fromListed(calls []*call[K, S, T]) []*call[K, S, T] {
	r.mu.Lock()
	defer r.mu.Unlock()
	rest := calls[:0:0]
	for _, c := range calls {
		if !r.batch.serve(c) {
			rest = append(rest, c)
		}
	}
	return rest
}

// readAhead fetches the next page of the batch's scope where the budget allows it and a call could use it. A page that
// fails ends the listing of this batch and nothing else: requests complete the calls.
func (r *Loader[K, S, T]) readAhead(ctx context.Context, rest []*call[K, S, T], progress func(error)) bool {
	r.mu.Lock()
	if !r.batch.mayList() || !slices.ContainsFunc(rest, r.batch.lists) {
		r.mu.Unlock()
		return false
	}
	scope, cursor, writes, at := r.batch.scope, r.batch.cursor, r.writes, time.Now()
	r.batch.pages++
	r.mu.Unlock()

	page, err := r.source.Page(ctx, scope, cursor, progress)

	r.mu.Lock()
	defer r.mu.Unlock()
	// A write, a wider scope or a new batch while the page was under way: it belongs to a listing that is gone.
	if r.writes != writes || r.batch.scope != scope || r.batch.cursor != cursor || r.batch.pages == 0 {
		return false
	}
	if err != nil {
		r.batch.givenUp = true
		return false
	}
	r.batch.keep(page, at, r.source.Key)
	return true
}

// request reads what no listing returned, in one request and the confirmations that it calls for, and returns the calls
// that remain.
func (r *Loader[K, S, T]) request(ctx context.Context, calls []*call[K, S, T], progress func(error)) []*call[K, S, T] {
	byKey := map[K][]*call[K, S, T]{}
	var keys, absent []K
	r.mu.Lock()
	for _, c := range calls {
		if _, known := byKey[c.key]; !known {
			if r.batch.complete && r.batch.lists(c) {
				absent = append(absent, c.key)
			} else {
				keys = append(keys, c.key)
			}
		}
		byKey[c.key] = append(byKey[c.key], c)
	}
	var chunk []K
	if len(keys) > 0 {
		chunk = r.source.Chunks(keys)[0]
		r.batch.requests++
	}
	r.mu.Unlock()
	absent = append(absent, r.requestMany(ctx, chunk, byKey, progress)...)
	r.requestEach(ctx, absent, byKey, progress)
	return slices.DeleteFunc(calls, func(c *call[K, S, T]) bool {
		return slices.Contains(chunk, c.key) || slices.Contains(absent, c.key)
	})
}

// requestMany reads the keys of one request and returns those that are to be read separately.
func (r *Loader[K, S, T]) requestMany(ctx context.Context, chunk []K, byKey map[K][]*call[K, S, T], progress func(error)) []K {
	if len(chunk) < 2 {
		return chunk
	}
	objects, err := r.source.Many(ctx, chunk, progress)
	if err != nil && r.source.Refused(err) {
		return chunk
	}
	found := make(map[K]T, len(objects))
	for _, object := range objects {
		found[r.source.Key(object)] = object
	}
	var missing []K
	for _, key := range chunk {
		object, ok := found[key]
		if err == nil && !ok {
			missing = append(missing, key)
			continue
		}
		r.finish(byKey[key], object, err)
	}
	return missing
}

func (r *Loader[K, S, T]) requestEach(ctx context.Context, keys []K, byKey map[K][]*call[K, S, T], progress func(error)) {
	var group errgroup.Group
	group.SetLimit(maxSingleReads)
	for _, key := range keys {
		group.Go(func() error {
			object, err := r.source.One(ctx, key, progress)
			r.finish(byKey[key], object, err)
			return nil
		})
	}
	_ = group.Wait() // The errors went to the waiters.
}

// finish completes all calls for one key.
func (r *Loader[K, S, T]) finish(calls []*call[K, S, T], object T, err error) {
	if err == nil {
		r.mu.Lock()
		if r.batch.begun {
			r.batch.served[calls[0].key] = struct{}{}
		}
		r.mu.Unlock()
	}
	for _, c := range calls {
		c.finish(object, err)
	}
}
