package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/private"
)

const (
	fileName    = "atm.db"
	lockName    = "atm.lock"
	fileReaders = 4
)

// sqliteBackend hands out connections that it holds for as long as it lives:
// one that writes, and for a file some that read. Waiting for the one writer
// in this process instead of in SQLite is fair and knows no busy error, and a
// connection that is held keeps its prepared statements.
type sqliteBackend struct {
	writer, readers *sqliteConns
	databases       []*sql.DB
	lock            *flock.Flock // nil in memory
}

func openMemory(ctx context.Context) (_ backend, err error) {
	b := &sqliteBackend{}
	defer b.closeOnError(&err)
	db, err := b.openDB(":memory:", url.Values{
		"_pragma": {"foreign_keys(1)", "journal_mode(memory)", "synchronous(off)", "temp_store(memory)"},
	}, 1)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, goose.DialectSQLite3, db); err != nil {
		return nil, err
	}
	b.writer, err = holdConns(ctx, db, 1)
	b.readers = b.writer
	return b, err
}

// openFile opens a database whose committed transactions survive kill -9 and
// power loss: write-ahead log, synced at each commit.
func openFile(ctx context.Context, dir string) (_ backend, err error) {
	b := &sqliteBackend{}
	defer b.closeOnError(&err)
	if err := b.lockDir(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, fileName)
	if err := createPrivate(dir); err != nil {
		return nil, err
	}
	// The name is escaped: a ? or # in the path is no part of the query.
	name := (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}).String()
	pragmas := []string{"busy_timeout(5000)", "foreign_keys(1)", "journal_mode(wal)", "synchronous(full)"}
	db, err := b.openDB(name, url.Values{"_pragma": pragmas}, 1)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, goose.DialectSQLite3, db); err != nil {
		return nil, fmt.Errorf("data directory %s: %w", dir, err)
	}
	if b.writer, err = holdConns(ctx, db, 1); err != nil {
		return nil, err
	}
	b.writer.group = &writeGroup{}
	readDB, err := b.openDB(name, url.Values{"_pragma": append(pragmas, "query_only(1)")}, fileReaders)
	if err != nil {
		return nil, err
	}
	b.readers, err = holdConns(ctx, readDB, fileReaders)
	return b, err
}

// createPrivate makes the database for its owner only, and takes access from
// others to files of an earlier run. SQLite gives the files beside the database
// the same mode.
func createPrivate(dir string) error {
	f, err := os.OpenFile(filepath.Join(dir, fileName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	for _, name := range []string{fileName, fileName + "-wal", fileName + "-shm", lockName} {
		if err := private.File(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("data directory: %w", err)
		}
	}
	return nil
}

// lockDir takes the directory for this process. The lock is the operating
// system's and ends with the process, however that ends.
func (b *sqliteBackend) lockDir(dir string) error {
	if err := private.Dir(dir); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	lock := flock.New(filepath.Join(dir, lockName), flock.SetPermissions(0o600))
	held, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("data directory %s: %w", dir, err)
	}
	if !held {
		return fmt.Errorf("data directory %s: %w", dir, ErrLocked)
	}
	b.lock = lock
	return nil
}

func (b *sqliteBackend) openDB(name string, query url.Values, conns int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", name+"?"+query.Encode())
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	b.databases = append(b.databases, db)
	return db, nil
}

func (b *sqliteBackend) closeOnError(err *error) {
	if *err != nil {
		_ = b.close()
	}
}

func (b *sqliteBackend) conns(write bool) *sqliteConns {
	if write {
		return b.writer
	}
	return b.readers
}

func (b *sqliteBackend) begin(ctx context.Context, write bool) (transaction, error) {
	pool := b.conns(write)
	c, err := pool.take(ctx)
	if err != nil {
		return nil, err
	}
	begin := "BEGIN"
	if write {
		begin = "BEGIN IMMEDIATE"
	}
	if _, err := c.exec(ctx, begin, nil); err != nil {
		pool.give(c)
		return nil, err
	}
	return &sqliteTx{sqliteConn: c, pool: pool}, nil
}

func (b *sqliteBackend) direct(write bool) session { return b.conns(write) }

func (b *sqliteBackend) ping(ctx context.Context) error {
	return b.readers.query(ctx, "SELECT 1", nil, func(*sql.Rows) error { return nil })
}

// scrub rewrites the whole database and truncates its log. On a database in
// memory it changes nothing that outlives the process.
func (b *sqliteBackend) scrub(ctx context.Context) error {
	c, err := b.writer.take(ctx)
	if err != nil {
		return err
	}
	defer b.writer.give(c)
	if _, err := c.exec(ctx, "VACUUM", nil); err != nil {
		return err
	}
	return c.query(ctx, "PRAGMA wal_checkpoint(TRUNCATE)", nil, func(row *sql.Rows) error {
		var busy, frames, moved int
		if err := row.Scan(&busy, &frames, &moved); err != nil {
			return err
		}
		if busy != 0 {
			return errors.New("the write-ahead log is in use and could not be truncated")
		}
		return nil
	})
}

func (b *sqliteBackend) close() error {
	var errs []error
	if b.readers != nil && b.readers != b.writer {
		b.readers.close()
	}
	if b.writer != nil {
		b.writer.close()
	}
	for _, db := range b.databases {
		errs = append(errs, db.Close())
	}
	if b.lock != nil {
		errs = append(errs, b.lock.Unlock())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close SQLite: %w", err)
	}
	return nil
}
