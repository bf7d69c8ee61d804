package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

// postgresBackend leaves pooling to database/sql and preparing of statements
// to pgx, which keeps them per connection.
type postgresBackend struct {
	db       *sql.DB
	conns    int
	patience time.Duration
}

// Postgres reads the URL of a database and names it for messages. Package
// testserver/postgres sets it: only programs that import that contain a driver.
var Postgres func(databaseURL string) (connector driver.Connector, name string, err error)

func openPostgres(ctx context.Context, o Options) (_ backend, err error) {
	if Postgres == nil {
		return nil, errors.New(`this program contains no driver for PostgreSQL: import _ "github.com/tci-pf/terraform-provider-atm/testserver/postgres"`)
	}
	connector, name, err := Postgres(o.DatabaseURL)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(dialer{connector})
	defer func() {
		if err != nil {
			_ = db.Close()
		}
	}()
	conns := cmp.Or(o.MaxConnections, 20)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxIdleTime(5 * time.Minute)

	located := func(err error) error { return fmt.Errorf("%w: %s: %w", ErrUnavailable, name, oneLine{err}) }
	awaiting, cancel := context.WithTimeout(ctx, cmp.Or(o.StartTimeout, 30*time.Second))
	defer cancel()
	if err := await(awaiting, db, func(err error) {
		if o.OnWait != nil {
			o.OnWait(located(err))
		}
	}); err != nil {
		return nil, located(err)
	}
	if err := migrate(ctx, goose.DialectPostgres, db); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &postgresBackend{db: db, conns: conns, patience: cmp.Or(o.Patience, 15*time.Second)}, nil
}

// await waits until PostgreSQL is up, as when both are started together. It
// returns at once what no waiting changes: a wrong password, a database that does
// not exist.
func await(ctx context.Context, db *sql.DB, onWait func(error)) error {
	const between = 250 * time.Millisecond
	for told := false; ; told = true {
		err := db.PingContext(ctx)
		if err == nil || !isStarting(err) {
			return err
		}
		if !told {
			onWait(err)
		}
		select {
		case <-time.After(between):
		case <-ctx.Done():
			return err
		}
	}
}

// isStarting reports whether an error of a connection may be one of a server
// that starts: no process listens, the name is not known yet, or it says so.
func isStarting(err error) bool {
	var refusal interface{ SQLState() string }
	if errors.As(err, &refusal) {
		return classifyPostgres(refusal.SQLState()) == unavailableFault
	}
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// dialer tells an error of connecting from one of a statement.
type dialer struct{ driver.Connector }

// Connect implements driver.Connector.
func (d dialer) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := d.Connector.Connect(ctx)
	if err != nil {
		return nil, &connectError{err}
	}
	return conn, nil
}

type connectError struct{ error }

func (e *connectError) Unwrap() error { return e.error }

// oneLine tells an error in one line. pgx has a line for each address, and
// repeats it where it tried with and without TLS.
type oneLine struct{ error }

func (e oneLine) Error() string {
	var lines []string
	for line := range strings.Lines(e.error.Error()) {
		if line = strings.TrimSpace(line); !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, " ")
}

func (e oneLine) Unwrap() error { return e.error }

func (b *postgresBackend) begin(ctx context.Context, write bool) (transaction, error) {
	options := &sql.TxOptions{Isolation: sql.LevelReadCommitted}
	if !write {
		// One snapshot for all statements of a read.
		options = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	ctx, done := b.patient(ctx)
	t, err := b.db.BeginTx(ctx, options)
	if err != nil {
		defer done()
		err = silence(ctx, err)
		b.notice(err)
		return nil, err
	}
	return &postgresTx{backend: b, tx: t, ctx: ctx, done: done}, nil
}

// errSilent says that PostgreSQL has neither responded nor gone.
var errSilent = errors.New("PostgreSQL does not respond")

func (b *postgresBackend) patient(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, b.patience, errSilent)
}

// silence tells an error that the end of patience made from one of the caller's context.
func silence(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errSilent) {
		return fmt.Errorf("%w: %w", errSilent, err)
	}
	return err
}

// notice drops the idle connections when one has died: after a restart of the
// server all of them are dead, and each would fail one request.
func (b *postgresBackend) notice(err error) {
	if isGone(err) {
		b.db.SetMaxIdleConns(0)
		b.db.SetMaxIdleConns(b.conns)
	}
}

func (b *postgresBackend) direct(write bool) session { return postgresDirect{b, write} }

type postgresDirect struct {
	*postgresBackend
	write bool
}

func (d postgresDirect) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	ctx, done := d.patient(ctx)
	defer done()
	res, err := d.db.ExecContext(ctx, query, args...)
	err = silence(ctx, err)
	d.notice(err)
	return res, err
}

func (d postgresDirect) query(ctx context.Context, query string, args []any, each func(*sql.Rows) error) error {
	ctx, done := d.patient(ctx)
	defer done()
	r, err := d.db.QueryContext(ctx, query, args...)
	if err = silence(ctx, err); isGone(err) && !d.write {
		d.notice(err)
		r, err = d.db.QueryContext(ctx, query, args...)
		err = silence(ctx, err)
	}
	if d.notice(err); err != nil {
		return err
	}
	return silence(ctx, drain(r, each))
}

func (b *postgresBackend) ping(ctx context.Context) error { return b.db.PingContext(ctx) }

// scrub leaves the work to PostgreSQL, see Store.Scrub.
func (b *postgresBackend) scrub(context.Context) error { return nil }

func (b *postgresBackend) close() error {
	if err := b.db.Close(); err != nil {
		return fmt.Errorf("close PostgreSQL: %w", err)
	}
	return nil
}

// postgresTx is a transaction with its own context, which database/sql undoes
// it by.
type postgresTx struct {
	backend *postgresBackend
	tx      *sql.Tx
	ctx     context.Context
	done    context.CancelFunc
}

func (t *postgresTx) exec(_ context.Context, query string, args []any) (sql.Result, error) {
	res, err := t.tx.ExecContext(t.ctx, query, args...)
	err = silence(t.ctx, err)
	t.backend.notice(err)
	return res, err
}

func (t *postgresTx) query(_ context.Context, query string, args []any, each func(*sql.Rows) error) error {
	r, err := t.tx.QueryContext(t.ctx, query, args...)
	err = silence(t.ctx, err)
	if t.backend.notice(err); err != nil {
		return err
	}
	return silence(t.ctx, drain(r, each))
}

func (t *postgresTx) commit(context.Context) error {
	defer t.done()
	err := silence(t.ctx, t.tx.Commit())
	t.backend.notice(err)
	return err
}

func (t *postgresTx) rollback() {
	defer t.done()
	_ = t.tx.Rollback()
}
