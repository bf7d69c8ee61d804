package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

var (
	// ErrNotFound says that there is no such object.
	ErrNotFound = errors.New("not found")
	// ErrStale says that the object has another etag than the one expected.
	ErrStale = errors.New("the object has changed")
	// ErrNotEmpty says that a suite or project still holds something, and
	// can therefore be neither deleted nor moved.
	ErrNotEmpty = errors.New("not empty")
	// ErrHasUsers says that an application still has users assigned.
	ErrHasUsers = errors.New("the application has users")
	// ErrNotEnabled says that a user is gone, disabled, or not enabled for the
	// application.
	ErrNotEnabled = errors.New("the user is not enabled for the application")
	// ErrReference says that an object names a parent that does not exist,
	// or a project of another suite.
	ErrReference = errors.New("the object refers to one that does not exist")
	// ErrInvalidText says that a text to be stored is no UTF-8 or has a NUL.
	ErrInvalidText = errors.New("text that cannot be stored")
	// ErrLocked says that another process uses the data directory.
	ErrLocked = errors.New("in use by another process")
	// ErrNewer says that a newer version of this program wrote the store.
	ErrNewer = errors.New("the store was written by a newer version of this program")
	// ErrOtherVersion says that another unreleased version of this program
	// created the store.
	ErrOtherVersion = errors.New("the store was created by another version of this program")
	// ErrUnavailable says that the database cannot be reached now, or that a
	// transaction lost against others as often as it was tried. What was being
	// written may or may not have been.
	ErrUnavailable = errors.New("the database is unavailable")
	// ErrClosed says that the store was closed.
	ErrClosed = errors.New("the store is closed")

	// errRace makes Write run its function again: what a statement relied
	// on was changed by a concurrent transaction.
	errRace = errors.New("lost against a concurrent write")

	// errCommit marks an error of the commit itself.
	errCommit = errors.New("commit")
)

// ConflictKind tells what a new object has in common with an existing one.
type ConflictKind string

// What may be taken already.
const (
	NameTaken       ConflictKind = "name"
	EmailTaken      ConflictKind = "email address"
	ClientIDTaken   ConflictKind = "client id"
	IDTaken         ConflictKind = "id"
	AlreadyAssigned ConflictKind = "assignment"
)

// ConflictError says that an object cannot be stored beside an existing one.
type ConflictError struct {
	Kind ConflictKind
	// ExistingID and ExistingCreatedAt are those of the object in the way. They
	// are empty where it went away while it was looked for.
	ExistingID        string
	ExistingCreatedAt time.Time
}

func (e *ConflictError) Error() string {
	if e.ExistingID == "" {
		return fmt.Sprintf("the %s is taken", e.Kind)
	}
	return fmt.Sprintf("the %s is taken by %s", e.Kind, e.ExistingID)
}

// fault is what a driver's error means, whichever driver it is.
type fault int

const (
	otherFault fault = iota
	uniqueFault
	referenceFault
	raceFault        // serialization failure, deadlock, busy
	unavailableFault // the server is gone, or not taking work
)

func classify(err error) fault {
	if isConnectError(err) || errors.Is(err, errSilent) {
		return unavailableFault // with any message of the server
	}
	var pg interface{ SQLState() string } // as Go's PostgreSQL drivers have it
	if errors.As(err, &pg) {
		return classifyPostgres(pg.SQLState())
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return classifySQLite(lite.Code())
	}
	var netErr net.Error
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return otherFault
	case errors.As(err, &netErr), errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		// pgconn has no exported error for a connection that died before, and
		// database/sql none for a pool that was closed.
		err != nil && (strings.Contains(err.Error(), "conn closed") || strings.Contains(err.Error(), "database is closed")):
		return unavailableFault
	}
	return otherFault
}

// isConnectError reports whether there was no connection to begin with.
func isConnectError(err error) bool {
	var c *connectError
	return errors.As(err, &c)
}

// isGone reports whether a connection died under a statement: another one may
// be better.
func isGone(err error) bool {
	return err != nil && classify(err) == unavailableFault && !isConnectError(err) && !errors.Is(err, errSilent)
}

// classifyPostgres reads an SQLSTATE (PostgreSQL manual, appendix A).
func classifyPostgres(code string) fault {
	switch code {
	case "23505":
		return uniqueFault
	case "23503", "23001":
		return referenceFault
	case "40001", "40P01", "55P03":
		return raceFault
	case "53300", "57P01", "57P02", "57P03", "57P05", "25006":
		return unavailableFault
	}
	if strings.HasPrefix(code, "08") || strings.HasPrefix(code, "58") {
		return unavailableFault
	}
	return otherFault
}

// classifySQLite reads an extended result code (sqlite.org/rescode.html).
func classifySQLite(code int) fault {
	switch code {
	case sqlitelib.SQLITE_CONSTRAINT_UNIQUE, sqlitelib.SQLITE_CONSTRAINT_PRIMARYKEY:
		return uniqueFault
	case sqlitelib.SQLITE_CONSTRAINT_FOREIGNKEY, sqlitelib.SQLITE_CONSTRAINT_TRIGGER:
		return referenceFault
	}
	switch code & 0xff {
	case sqlitelib.SQLITE_BUSY, sqlitelib.SQLITE_LOCKED:
		return raceFault
	case sqlitelib.SQLITE_FULL, sqlitelib.SQLITE_IOERR, sqlitelib.SQLITE_CANTOPEN:
		return unavailableFault
	}
	return otherFault
}

// retryable reports whether a transaction that failed with err may succeed when
// it is run again.
func retryable(err error) bool {
	if errors.Is(err, errRace) {
		return true
	}
	var conflict *ConflictError
	if errors.As(err, &conflict) {
		return false
	}
	switch classify(err) {
	case raceFault, uniqueFault:
		return true
	case unavailableFault:
		// A transaction whose connection died was undone, unless it was
		// just being committed.
		return isGone(err) && !errors.Is(err, errCommit)
	}
	return false
}

// public gives an error that leaves the package the meaning that callers ask
// for with errors.Is and errors.As.
func public(err error) error {
	if errors.Is(err, errRace) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	switch classify(err) {
	case unavailableFault, raceFault:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	case referenceFault:
		return fmt.Errorf("%w: %w", ErrReference, err)
	}
	return err
}
