package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// postgresBackend leaves pooling to database/sql and preparing of statements
// to pgx, which keeps them per connection.
type postgresBackend struct{ db *sql.DB }

func openPostgres(ctx context.Context, o Options) (_ backend, err error) {
	config, err := pgx.ParseConfig(o.DatabaseURL)
	if err != nil {
		// pgx masks the password where it can parse the URL at all; where it
		// cannot, nothing of the URL is repeated.
		return nil, errors.New("the database URL is not one that PostgreSQL's libpq would accept")
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "atm-testserver"
	}
	db := stdlib.OpenDB(*config)
	defer func() {
		if err != nil {
			_ = db.Close()
		}
	}()
	conns := o.MaxConnections
	if conns == 0 {
		conns = 20
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxIdleTime(5 * time.Minute)

	timeout := o.StartTimeout
	if timeout == 0 {
		timeout = 10 * time.Second
	}
	pingCtx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := db.PingContext(pingCtx); err != nil {
		return nil, fmt.Errorf("%w: PostgreSQL at %s:%d, database %q, user %q: %w",
			ErrUnavailable, config.Host, config.Port, config.Database, config.User, err)
	}
	if err := migrate(ctx, goose.DialectPostgres, db); err != nil {
		return nil, err
	}
	return &postgresBackend{db: db}, nil
}

func (b *postgresBackend) begin(ctx context.Context, write bool) (transaction, error) {
	options := &sql.TxOptions{Isolation: sql.LevelReadCommitted}
	if !write {
		// One snapshot for all statements of a read.
		options = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	t, err := b.db.BeginTx(ctx, options)
	if err != nil {
		return nil, err
	}
	return &postgresTx{t}, nil
}

func (b *postgresBackend) direct(bool) session { return b }

func (b *postgresBackend) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	return b.db.ExecContext(ctx, query, args...)
}

func (b *postgresBackend) query(ctx context.Context, query string, args []any, each func(*sql.Rows) error) error {
	r, err := b.db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	return drain(r, each)
}

func (b *postgresBackend) ping(ctx context.Context) error { return b.db.PingContext(ctx) }

func (b *postgresBackend) close() error {
	if err := b.db.Close(); err != nil {
		return fmt.Errorf("close PostgreSQL: %w", err)
	}
	return nil
}

type postgresTx struct{ tx *sql.Tx }

func (t *postgresTx) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	return t.tx.ExecContext(ctx, query, args...)
}

func (t *postgresTx) query(ctx context.Context, query string, args []any, each func(*sql.Rows) error) error {
	r, err := t.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	return drain(r, each)
}

func (t *postgresTx) commit(context.Context) error { return t.tx.Commit() }

func (t *postgresTx) rollback() { _ = t.tx.Rollback() }
