package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
)

// sqliteConns are connections to one database that are never given back to
// database/sql while they live.
type sqliteConns struct {
	idle   chan *sqliteConn
	closed chan struct{}
	once   sync.Once
	size   int
	// group, where it is not nil, makes one commit of several statements
	// that wait for the connection.
	group *writeGroup
}

func holdConns(ctx context.Context, db *sql.DB, n int) (*sqliteConns, error) {
	p := &sqliteConns{idle: make(chan *sqliteConn, n), closed: make(chan struct{})}
	for range n {
		conn, err := db.Conn(ctx)
		if err != nil {
			p.close()
			return nil, fmt.Errorf("open SQLite: %w", err)
		}
		p.idle <- &sqliteConn{conn: conn, prepared: map[string]*sql.Stmt{}}
		p.size++
	}
	return p, nil
}

func (p *sqliteConns) take(ctx context.Context) (*sqliteConn, error) {
	select {
	case <-p.closed:
		return nil, ErrClosed
	default:
	}
	select {
	case c := <-p.idle:
		return c, nil
	case <-p.closed:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *sqliteConns) give(c *sqliteConn) { p.idle <- c }

// close waits for the connections that are in use.
func (p *sqliteConns) close() {
	p.once.Do(func() {
		close(p.closed)
		for range p.size {
			(<-p.idle).close()
		}
	})
}

func (p *sqliteConns) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	if p.group != nil {
		return p.group.exec(ctx, p, query, args)
	}
	c, err := p.take(ctx)
	if err != nil {
		return nil, err
	}
	defer p.give(c)
	return c.exec(ctx, query, args)
}

func (p *sqliteConns) query(ctx context.Context, query string, args []any, each func(*sql.Rows) error) error {
	c, err := p.take(ctx)
	if err != nil {
		return err
	}
	defer p.give(c)
	return c.query(ctx, query, args, each)
}

// maxPrepared bounds the statements that a connection keeps: lists of ids and
// filters make many texts.
const maxPrepared = 256

// sqliteConn is a connection with its prepared statements. Statements run to
// their end even if the context ends: they are short, and SQLite undoes the
// whole transaction around a statement that is interrupted.
type sqliteConn struct {
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

func (c *sqliteConn) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := c.prepared[query]; ok {
		return s, nil
	}
	s, err := c.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	if len(c.prepared) >= maxPrepared {
		for text, old := range c.prepared {
			delete(c.prepared, text)
			_ = old.Close()
			break
		}
	}
	c.prepared[query] = s
	return s, nil
}

func (c *sqliteConn) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	ctx = context.WithoutCancel(ctx)
	s, err := c.prepare(ctx, query) //nolint:sqlclosecheck // it stays prepared
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

func (c *sqliteConn) query(ctx context.Context, query string, args []any, each func(*sql.Rows) error) error {
	ctx = context.WithoutCancel(ctx)
	s, err := c.prepare(ctx, query) //nolint:sqlclosecheck // it stays prepared
	if err != nil {
		return err
	}
	r, err := s.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	return drain(r, each)
}

func (c *sqliteConn) close() {
	for _, s := range c.prepared {
		_ = s.Close()
	}
	_ = c.conn.Close()
}

// drain hands each row over and closes the rows.
func drain(r *sql.Rows, each func(*sql.Rows) error) error {
	defer func() { _ = r.Close() }()
	for r.Next() {
		if err := each(r); err != nil {
			return err
		}
	}
	return r.Err()
}

// sqliteTx is a transaction on a connection that it gives back at its end.
type sqliteTx struct {
	*sqliteConn
	pool *sqliteConns
}

func (t *sqliteTx) commit(ctx context.Context) error {
	if _, err := t.exec(ctx, "COMMIT", nil); err != nil {
		t.rollback()
		return err
	}
	t.pool.give(t.sqliteConn)
	return nil
}

func (t *sqliteTx) rollback() {
	// It fails where SQLite has undone the transaction already.
	_, _ = t.exec(context.Background(), "ROLLBACK", nil)
	t.pool.give(t.sqliteConn)
}
