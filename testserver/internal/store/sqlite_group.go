package store

import (
	"context"
	"database/sql"
	"slices"
	"sync"
)

// writeGroup commits statements together that would each be a transaction of
// its own and wait for the one connection that writes. On a file a commit
// waits for the disk, which takes far longer than the statements: those that
// arrive meanwhile share the next one. No caller gets its result before the
// commit that contains its statement.
type writeGroup struct {
	mu      sync.Mutex
	pending []*groupedWrite
}

type groupedWrite struct {
	query  string
	args   []any
	result sql.Result
	err    error
	done   chan struct{}
}

func (g *writeGroup) exec(ctx context.Context, p *sqliteConns, query string, args []any) (sql.Result, error) {
	w := &groupedWrite{query: query, args: args, done: make(chan struct{})}
	g.mu.Lock()
	g.pending = append(g.pending, w)
	g.mu.Unlock()
	// The caller that gets the connection first writes for all.
	select {
	case <-w.done:
		return w.result, w.err
	case c := <-p.idle:
		g.flush(c)
		p.give(c)
	case <-p.closed:
		if g.withdraw(w) {
			return nil, ErrClosed
		}
	case <-ctx.Done():
		if g.withdraw(w) {
			return nil, ctx.Err()
		}
	}
	<-w.done
	return w.result, w.err
}

// withdraw takes a statement back, unless it is being carried out.
func (g *writeGroup) withdraw(w *groupedWrite) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.pending, w)
	if i < 0 {
		return false
	}
	g.pending = slices.Delete(g.pending, i, i+1)
	return true
}

// flush carries out all that is pending in one transaction. A statement that
// violates a constraint is undone without the others (SQLite's ABORT); an error
// that ends the transaction, or the commit's, is everyone's.
func (g *writeGroup) flush(c *sqliteConn) {
	g.mu.Lock()
	writes := g.pending
	g.pending = nil
	g.mu.Unlock()
	if len(writes) == 0 {
		return
	}
	ctx := context.Background() // one caller's cancellation must not be another's
	_, err := c.exec(ctx, "BEGIN IMMEDIATE", nil)
	for _, w := range writes {
		if err != nil {
			break
		}
		w.result, w.err = c.exec(ctx, w.query, w.args)
		if w.err != nil && !isConstraint(w.err) {
			err = w.err
		}
	}
	if err == nil {
		_, err = c.exec(ctx, "COMMIT", nil)
	}
	if err != nil {
		_, _ = c.exec(ctx, "ROLLBACK", nil) // fails where SQLite has done it already
	}
	for _, w := range writes {
		if err != nil {
			w.result, w.err = nil, err
		}
		close(w.done)
	}
}

// isConstraint reports whether a statement failed without the others.
func isConstraint(err error) bool {
	f := classify(err)
	return f == uniqueFault || f == referenceFault
}
