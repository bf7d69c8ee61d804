package store

import (
	"fmt"
	"strings"
	"time"
)

// A column is one that a row is written with, and its value.
type column struct {
	name  string
	value any
}

// A row is an object as a row of its table.
type row[T any] interface {
	*T
	key() string
	meta() *Meta
	// columns are all but id and those of Meta.
	columns() []column
}

// A table holds the objects of one kind. Its columns are those that scan reads.
type table[T any, R row[T]] struct {
	name    string
	kind    ObjectType
	columns string
	scan    func(scanner) (T, error)
	// inUse is the error of a deletion while something refers to the object.
	inUse error
}

// read reads the object with this value of a unique column; ErrNotFound.
func (t table[T, R]) read(tx *Tx, column, value string) (T, error) {
	return selectOne(tx, t.scan, "SELECT "+t.columns+" FROM "+t.name+" WHERE "+column+" = $1", value)
}

// lock reads an object and keeps others from changing it until the transaction
// ends; ErrNotFound. A change that changes nothing locks on both databases.
func (t table[T, R]) lock(tx *Tx, id string) (T, error) {
	if err := tx.inWrite(); err != nil {
		var none T
		return none, err
	}
	return changeOne(tx, t.scan, "UPDATE "+t.name+" SET etag = etag WHERE id = $1 RETURNING "+t.columns, id)
}

func (t table[T, R]) list(tx *Tx, w where, page Page) (List[T], error) {
	l, err := list(tx, listQuery[T]{
		columns: t.columns, from: t.name, seq: "seq", where: w,
		scan: t.scan, seqOf: func(object T) int64 { return R(&object).meta().Seq },
	}, page)
	if err != nil {
		return l, fmt.Errorf("list %ss: %w", t.kind, err)
	}
	return l, nil
}

// insert stores a new object and gives it etag and times. Where the id or one of
// the unique values is taken, it is a *ConflictError.
func (t table[T, R]) insert(tx *Tx, object R, now time.Time, unique ...taken) error {
	if err := tx.inWrite(); err != nil {
		return err
	}
	seq, err := tx.next(t.name, 1)
	if err != nil {
		return err
	}
	m := object.meta()
	*m = newMeta(seq, now)
	columns := append([]column{{"id", object.key()}, {"seq", m.Seq}, {"etag", m.ETag},
		{"created_at", micros(m.CreatedAt)}, {"updated_at", micros(m.UpdatedAt)}}, object.columns()...)
	names, marks, args := make([]string, len(columns)), make([]string, len(columns)), make([]any, len(columns))
	for i, c := range columns {
		names[i], marks[i], args[i] = c.name, fmt.Sprintf("$%d", i+1), c.value
	}
	n, err := tx.exec("INSERT INTO "+t.name+" ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(marks, ", ")+
		") ON CONFLICT DO NOTHING", args...)
	if err != nil {
		return fmt.Errorf("create %s: %w", t.kind, err)
	}
	if n == 0 {
		return tx.conflict(append(unique, taken{IDTaken, "SELECT id, created_at FROM " + t.name + " WHERE id = $1", []any{object.key()}})...)
	}
	return nil
}

// update writes all columns of an object that lock has read, with a new etag.
func (t table[T, R]) update(tx *Tx, object R, now time.Time) error {
	m := object.meta()
	m.touch(now)
	sets, args := []string{"etag = $2", "updated_at = $3"}, []any{object.key(), m.ETag, micros(m.UpdatedAt)}
	for _, c := range object.columns() {
		args = append(args, c.value)
		sets = append(sets, fmt.Sprintf("%s = $%d", c.name, len(args)))
	}
	if _, err := tx.exec("UPDATE "+t.name+" SET "+strings.Join(sets, ", ")+" WHERE id = $1", args...); err != nil {
		return fmt.Errorf("update %s: %w", t.kind, err)
	}
	return nil
}

// delete removes an object, with what idempotency keys would return for it;
// ErrNotFound, or inUse.
func (t table[T, R]) delete(tx *Tx, id string) error {
	if _, err := t.lock(tx, id); err != nil {
		return err
	}
	if _, err := tx.exec("DELETE FROM "+t.name+" WHERE id = $1", id); err != nil {
		if classify(err) == referenceFault {
			return t.inUse
		}
		return fmt.Errorf("delete %s: %w", t.kind, err)
	}
	return tx.deleteIdempotencyRecords(t.kind, id)
}
