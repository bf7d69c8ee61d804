package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrate brings the schema up to date. On PostgreSQL one replica does it
// while the others wait.
func migrate(ctx context.Context, dialect goose.Dialect, db *sql.DB) error {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	options := []goose.ProviderOption{
		goose.WithLogger(goose.NopLogger()),
		goose.WithDisableGlobalRegistry(true),
		goose.WithGoMigrations(goose.NewGoMigration(2, &goose.GoFunc{RunTx: recordFingerprint}, nil)),
	}
	if dialect == goose.DialectPostgres {
		options = append(options, goose.WithSessionLocker(advisoryLock{}))
	}
	provider, err := goose.NewProvider(dialect, db, files, options...)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if _, err := provider.Up(ctx); errors.Is(err, ErrOtherVersion) {
		return errOtherSchema // without what goose says of it
	} else if err != nil {
		return fmt.Errorf("migrate the schema: %w", err)
	}
	is, known, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if is > known {
		return fmt.Errorf("%w: its schema is of version %d, and this program knows versions up to %d; start the program that wrote it, or a newer one",
			ErrNewer, is, known)
	}
	return checkFingerprint(ctx, db)
}

// fingerprint tells the schema of one development version from that of
// another: until the first release, 00001_schema.sql is edited in place.
func fingerprint() (string, error) {
	text, err := migrationFiles.ReadFile("migrations/00001_schema.sql")
	if err != nil {
		return "", fmt.Errorf("migrations: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// recordFingerprint is the migration after the schema: it runs for a store that
// is being created, and for one that was before fingerprints were recorded.
func recordFingerprint(ctx context.Context, tx *sql.Tx) error {
	is, err := fingerprint()
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO schema_fingerprint (value) VALUES ($1)", is); err != nil {
		if classify(err) == otherFault {
			return errOtherSchema // there is no such table
		}
		return err
	}
	return nil
}

func checkFingerprint(ctx context.Context, db *sql.DB) error {
	known, err := fingerprint()
	if err != nil {
		return err
	}
	var is string
	if err := db.QueryRowContext(ctx, "SELECT value FROM schema_fingerprint").Scan(&is); err != nil {
		return fmt.Errorf("read the schema's fingerprint: %w", err)
	}
	if is != known {
		return errOtherSchema
	}
	return nil
}

var errOtherSchema = fmt.Errorf("%w: the tables of its version differ from this program's, and there is no migration between unreleased versions; start the version that created the store, or begin with an empty one",
	ErrOtherVersion)

// advisoryLock makes replicas that start at once migrate one after the other.
// goose brings a locker of its own, which asks once a second; this one waits
// in the database and goes on at once.
type advisoryLock struct{}

// migrationLock is an arbitrary number that no one else is likely to use.
const migrationLock = 0x41544d5f6d696772

func (advisoryLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock))
	return err
}

func (advisoryLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", int64(migrationLock))
	return err
}
