package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// Tx is a transaction, or with Store.Direct one statement at a time. It ends
// with the function that it was given to and is not safe for concurrent use.
type Tx struct {
	ctx     context.Context
	session session
	write   bool
	direct  backend
	dead    error // set by a failed statement: only a rollback is left
}

// session runs statements. The rows that query returns are closed before the
// next statement.
type session interface {
	exec(ctx context.Context, query string, args []any) (sql.Result, error)
	query(ctx context.Context, query string, args []any, each func(*sql.Rows) error) error
}

// transaction is a session with an end.
type transaction interface {
	session
	commit(ctx context.Context) error
	rollback()
}

var errDirect = errors.New("store: several statements outside of a transaction")

// inWrite refuses what needs more than one statement and is not in Write.
func (tx *Tx) inWrite() error {
	if tx.direct != nil || !tx.write {
		return errDirect
	}
	return nil
}

// exec runs a statement that changes something and returns the number of rows
// that it changed.
func (tx *Tx) exec(query string, args ...any) (int64, error) {
	s, err := tx.begin(true, args)
	if err != nil {
		return 0, err
	}
	res, err := s.exec(tx.ctx, query, args)
	if err != nil {
		return 0, tx.fail(err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, tx.fail(err)
	}
	return n, nil
}

// scanner is a row to be read.
type scanner interface{ Scan(dest ...any) error }

// selectAll reads rows; scan turns each into a value.
func selectAll[T any](tx *Tx, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	return rows(tx, false, scan, query, args)
}

// selectOne reads the first row; without one it returns ErrNotFound.
func selectOne[T any](tx *Tx, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	return one(rows(tx, false, scan, query, args))
}

// changeOne is selectOne for a statement that changes something and has a
// RETURNING clause; when it changed nothing, that is ErrNotFound.
func changeOne[T any](tx *Tx, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	return one(rows(tx, true, scan, query, args))
}

// changeAll is selectAll for a statement that changes something and has a
// RETURNING clause.
func changeAll[T any](tx *Tx, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	return rows(tx, true, scan, query, args)
}

func rows[T any](tx *Tx, write bool, scan func(scanner) (T, error), query string, args []any) ([]T, error) {
	s, err := tx.begin(write, args)
	if err != nil {
		return nil, err
	}
	var out []T
	err = s.query(tx.ctx, query, args, func(r *sql.Rows) error {
		v, err := scan(r)
		out = append(out, v)
		return err
	})
	if err != nil {
		return nil, tx.fail(err)
	}
	return out, nil
}

func one[T any](all []T, err error) (T, error) {
	var zero T
	if err != nil {
		return zero, err
	}
	if len(all) == 0 {
		return zero, ErrNotFound
	}
	return all[0], nil
}

// scanValue reads a row of one column.
func scanValue[T any](row scanner) (T, error) {
	var v T
	err := row.Scan(&v)
	return v, err
}

// begin returns the session for a statement, after a look at its arguments.
func (tx *Tx) begin(write bool, args []any) (session, error) {
	if tx.dead != nil {
		return nil, tx.dead
	}
	if err := tx.ctx.Err(); err != nil {
		return nil, tx.fail(err)
	}
	for i, a := range args {
		s, ok := a.(string)
		if !ok || validation.IsText(s) {
			continue
		}
		if write {
			return nil, ErrInvalidText
		}
		// No stored text has both: the lookup finds nothing.
		args[i] = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	}
	if tx.direct != nil {
		return tx.direct.direct(write), nil
	}
	if write && !tx.write {
		return nil, errors.New("store: a write in a reading transaction")
	}
	return tx.session, nil
}

func (tx *Tx) fail(err error) error {
	if tx.direct != nil {
		return public(err)
	}
	tx.dead = err
	return err
}

// next counts up the sequence of a resource by n and returns its new value: the
// last of n numbers for the caller's rows. The row is locked until the
// transaction ends, so that numbers are given in the order of commits.
func (tx *Tx) next(kind string, n int) (int64, error) {
	v, err := changeOne(tx, scanValue[int64], `INSERT INTO sequences (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = sequences.value + excluded.value
		RETURNING value`, kind, int64(n))
	if err != nil {
		return 0, fmt.Errorf("count up %s: %w", kind, err)
	}
	return v, nil
}

// micros is a time as the database keeps it.
func micros(t time.Time) int64 { return t.UnixMicro() }

// fromMicros is a time that the database kept, in UTC.
func fromMicros(us int64) time.Time { return time.UnixMicro(us).UTC() }

// microsOrNull is a time that may be absent: its zero value is NULL.
func microsOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// fromNullMicros is the inverse of microsOrNull.
func fromNullMicros(us sql.NullInt64) time.Time {
	if !us.Valid {
		return time.Time{}
	}
	return fromMicros(us.Int64)
}

// textOrNull is a text that may be absent: the empty one is NULL.
func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// bytesOrNull are bytes that may be absent: nil is NULL.
func bytesOrNull(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}
