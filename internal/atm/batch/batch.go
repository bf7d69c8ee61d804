package batch

import "time"

// A batch is a run of reads that follow each other closely, with its budget and what was listed for it. The zero value
// is a batch that has not begun.
type batch[K comparable, S comparable, T any] struct {
	scope    S
	begun    bool
	lastRead time.Time
	// listedAt is when the oldest page that is kept was asked for; zero where none is.
	listedAt time.Time
	listed   map[K]T
	// served holds the keys whose object was handed out in this batch.
	served map[K]struct{}
	// requests counts what group commit sent, pages what the listing cost.
	requests, pages int
	cursor          string
	// complete is set behind the last page, given up when a page failed.
	complete, givenUp bool
	total             int
}

// begin notes a read at this time and in this scope, and starts a new batch where the last one is over.
func (b *batch[K, S, T]) begin(now time.Time, scope S, common func(a, b S) S) {
	switch {
	case !b.begun, b.over(now):
		*b = batch[K, S, T]{scope: scope, begun: true, served: map[K]struct{}{}}
	default:
		if wider := common(b.scope, scope); wider != b.scope {
			listed, listedAt := b.listed, b.listedAt
			*b = batch[K, S, T]{scope: wider, begun: true, served: map[K]struct{}{}, listed: listed, listedAt: listedAt}
		}
	}
	b.lastRead = now
}

func (b *batch[K, S, T]) over(now time.Time) bool {
	return now.Sub(b.lastRead) > Idle || !b.listedAt.IsZero() && now.Sub(b.listedAt) > MaxAge
}

// serve completes the call from what was listed, once for each object.
func (b *batch[K, S, T]) serve(c *call[K, S, T]) bool {
	if c.fresh {
		return false
	}
	object, ok := b.listed[c.key]
	if ok {
		delete(b.listed, c.key)
		b.served[c.key] = struct{}{}
		c.finish(object, nil)
	}
	return ok
}

// lists reports whether a listing is to complete the call: an object that was handed out once is not kept again.
func (b *batch[K, S, T]) lists(c *call[K, S, T]) bool {
	_, served := b.served[c.key]
	return !c.fresh && !served
}

// mayList reports whether a page is within the budget and can still hold what was not handed out yet.
func (b *batch[K, S, T]) mayList() bool {
	if !b.begun || b.complete || b.givenUp || b.pages >= b.requests {
		return false
	}
	return b.pages == 0 || len(b.served) < b.total
}

// keep adds a page that was asked for at this time.
func (b *batch[K, S, T]) keep(page Page[T], at time.Time, key func(T) K) {
	if b.listed == nil {
		b.listed, b.listedAt = map[K]T{}, at
	}
	for _, object := range page.Items {
		k := key(object)
		if _, served := b.served[k]; !served {
			b.listed[k] = object
		}
	}
	b.cursor, b.total = page.Next, page.Total
	b.complete = page.Next == ""
}
