package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
)

// Meta is what every object has.
type Meta struct {
	// Seq orders the objects of a resource by their creation.
	Seq int64
	// ETag is the entity tag, quotes included. Each change of the object's
	// own fields makes a new one.
	ETag string
	// CreatedAt and UpdatedAt are in UTC, to the microsecond.
	CreatedAt, UpdatedAt time.Time
}

func newMeta(seq int64, now time.Time) Meta {
	now = fromMicros(micros(now))
	return Meta{Seq: seq, ETag: random.ETag(), CreatedAt: now, UpdatedAt: now}
}

func (m *Meta) meta() *Meta { return m }

// touch gives a changed object its new etag.
func (m *Meta) touch(now time.Time) {
	m.ETag = random.ETag()
	m.UpdatedAt = fromMicros(micros(now))
}

// expect compares with the etag that the caller expects; empty is any.
func (m *Meta) expect(etag string) error {
	if etag != "" && etag != m.ETag {
		return ErrStale
	}
	return nil
}

const metaColumns = "seq, etag, created_at, updated_at"

// metaRow reads the columns of Meta.
type metaRow struct {
	seq              int64
	etag             string
	created, updated int64
}

func (r *metaRow) dest() []any { return []any{&r.seq, &r.etag, &r.created, &r.updated} }

func (r *metaRow) meta() Meta {
	return Meta{Seq: r.seq, ETag: r.etag, CreatedAt: fromMicros(r.created), UpdatedAt: fromMicros(r.updated)}
}

// ObjectType names a resource where a record refers to one.
type ObjectType string

// The resources, in the words of the contract.
const (
	SuiteObject       ObjectType = "suite"
	ProjectObject     ObjectType = "project"
	ApplicationObject ObjectType = "application"
	UserObject        ObjectType = "user"
	// ApplicationUserObject is an assignment, ApplicationUsersObject all
	// assignments of an application.
	ApplicationUserObject  ObjectType = "application_user"
	ApplicationUsersObject ObjectType = "application_users"
)

// taken is a value that only one object may have, and the query that finds
// the object that has it: its id and when it was created.
type taken struct {
	kind  ConflictKind
	query string
	args  []any
}

// free returns a *ConflictError when one of the values is taken.
func (tx *Tx) free(values ...taken) error {
	for _, v := range values {
		c, err := selectOne(tx, func(row scanner) (*ConflictError, error) {
			c := &ConflictError{Kind: v.kind}
			var created int64
			err := row.Scan(&c.ExistingID, &created)
			c.ExistingCreatedAt = fromMicros(created)
			return c, err
		}, v.query, v.args...)
		if err == nil {
			return c
		}
		if !errors.Is(err, ErrNotFound) {
			return fmt.Errorf("look for the same %s: %w", v.kind, err)
		}
	}
	return nil
}

// conflict tells why a row was not inserted. Where nothing is in the way any
// more, the whole transaction is worth another try.
func (tx *Tx) conflict(values ...taken) error {
	if err := tx.free(values...); err != nil {
		return err
	}
	return errRace
}

// byID keys objects by their ids.
func byID[T any](all []T, err error, id func(T) string) (map[string]T, error) {
	if err != nil {
		return nil, err
	}
	m := make(map[string]T, len(all))
	for _, v := range all {
		m[id(v)] = v
	}
	return m, nil
}

var _ scanner = (*sql.Rows)(nil)
