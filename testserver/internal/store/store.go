package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sethvargo/go-retry"
)

// Options say where a store keeps its data. The zero value is SQLite in
// memory: a database of its own for each Open, gone with Close.
type Options struct {
	// DataDir is a directory for an SQLite file. It is made when it does not
	// exist, and belongs to one process at a time.
	DataDir string
	// DatabaseURL is a PostgreSQL connection URL, postgres://… or
	// postgresql://…, with the parameters that libpq knows. Not with DataDir.
	DatabaseURL string
	// MaxConnections bounds the connections to PostgreSQL, 20 when it is 0.
	MaxConnections int
	// Patience bounds the wait for PostgreSQL to respond: for a single
	// statement, or for a whole transaction, the wait for a connection
	// included; 15 s when it is 0. Without a bound, a server whose packets are
	// lost would hold every request for as long as its client bears it.
	Patience time.Duration
	// StartTimeout bounds the wait at start for PostgreSQL to be up and to
	// respond, 30 s when it is 0.
	StartTimeout time.Duration
	// OnWait gets once the reason why the start waits for PostgreSQL; nil for
	// none.
	OnWait func(error)
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	backend backend
}

// backend is what differs between the databases.
type backend interface {
	// begin starts a transaction; write says that it will change something.
	begin(ctx context.Context, write bool) (transaction, error)
	// direct returns a session whose statements each commit separately.
	direct(write bool) session
	ping(ctx context.Context) error
	scrub(ctx context.Context) error
	close() error
}

// Open opens the store and brings its schema up to date. It returns ErrLocked
// when another process uses the data directory, ErrNewer when a newer version
// of this program has used the store, ErrOtherVersion when an unreleased version
// with other tables has created it, and ErrUnavailable when PostgreSQL does not
// respond.
func Open(ctx context.Context, o Options) (*Store, error) {
	b, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Store{backend: b}, nil
}

func open(ctx context.Context, o Options) (backend, error) {
	switch {
	case o.DataDir != "" && o.DatabaseURL != "":
		return nil, errors.New("a data directory and a database URL cannot be used together")
	case o.DataDir != "":
		return openFile(ctx, o.DataDir)
	case o.DatabaseURL == "":
		return openMemory(ctx)
	case strings.HasPrefix(o.DatabaseURL, "postgres://"), strings.HasPrefix(o.DatabaseURL, "postgresql://"):
		return openPostgres(ctx, o)
	}
	return nil, errors.New("the database URL does not begin with postgres:// or postgresql://")
}

// Close releases the database and the lock on the data directory. It waits for
// transactions in progress.
func (s *Store) Close() error { return s.backend.close() }

// Ping reports whether the database responds; the error is ErrUnavailable when
// it does not.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.backend.ping(ctx); err != nil {
		return public(fmt.Errorf("ping: %w", err))
	}
	return nil
}

// Scrub removes from the files of SQLite what was overwritten or deleted but is
// still in free pages and in the write-ahead log. PostgreSQL removes it in its
// own time (VACUUM, and the recycling of its log).
func (s *Store) Scrub(ctx context.Context) error {
	if err := s.backend.scrub(ctx); err != nil {
		return public(fmt.Errorf("scrub: %w", err))
	}
	return nil
}

// Read runs f in a transaction that sees one state of the store throughout and
// changes nothing.
func (s *Store) Read(ctx context.Context, f func(*Tx) error) error {
	return s.run(ctx, false, f)
}

// Write runs f in a transaction and commits it when f returns nil; any error
// undoes it and is returned. f runs again when the transaction lost against a
// concurrent one, or its connection, up to ten times in all with jittered
// pauses.
//
// After an error of the database itself (anything but ErrNotFound, ErrStale,
// ErrNotEmpty, ErrHasUsers and a *ConflictError) the transaction is dead and
// every further call on tx returns that error.
func (s *Store) Write(ctx context.Context, f func(*Tx) error) error {
	return s.run(ctx, true, f)
}

// Direct returns a Tx whose statements each commit separately, for the methods
// whose documentation says that they are one statement. Others refuse it.
func (s *Store) Direct(ctx context.Context) *Tx {
	return &Tx{ctx: ctx, direct: s.backend}
}

const maxAttempts = 10

func (s *Store) run(ctx context.Context, write bool, f func(*Tx) error) error {
	err := s.once(ctx, write, f)
	if err == nil || !retryable(err) {
		return public(err)
	}
	pauses := retry.WithMaxRetries(maxAttempts-2,
		retry.WithCappedDuration(200*time.Millisecond,
			retry.WithJitterPercent(50, retry.NewExponential(2*time.Millisecond))))
	return public(retry.Do(ctx, pauses, func(ctx context.Context) error {
		err := s.once(ctx, write, f)
		if err != nil && retryable(err) {
			return retry.RetryableError(err)
		}
		return err
	}))
}

func (s *Store) once(ctx context.Context, write bool, f func(*Tx) error) (err error) {
	t, err := s.backend.begin(ctx, write)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	finished := false
	// Deferred, so that a panic in f leaves no transaction open.
	defer func() {
		if !finished {
			t.rollback()
		}
	}()
	tx := &Tx{ctx: ctx, session: t, write: write}
	if err := f(tx); err != nil {
		return err
	}
	if tx.dead != nil {
		return tx.dead
	}
	finished = true
	if err := t.commit(ctx); err != nil {
		return fmt.Errorf("%w: %w", errCommit, err)
	}
	return nil
}
