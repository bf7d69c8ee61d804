package store

import (
	"fmt"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// Suite is the outermost container.
type Suite struct {
	ID   string
	Name string // unique
	Meta
}

// SuiteFilter selects suites; what is empty selects all.
type SuiteFilter struct {
	Scope Scope
	Name  string
	IDs   []string // nil: all
}

const suiteColumns = "id, name, " + metaColumns

func scanSuite(row scanner) (Suite, error) {
	var s Suite
	var m metaRow
	err := row.Scan(append([]any{&s.ID, &s.Name}, m.dest()...)...)
	s.Meta = m.meta()
	return s, err
}

func suiteNamed(name, except string) taken {
	return taken{NameTaken, "SELECT id, created_at FROM suites WHERE name = $1 AND id <> $2", []any{name, except}}
}

// CreateSuite stores a new suite and returns it with its etag and times. A
// taken name or id is a *ConflictError.
func (tx *Tx) CreateSuite(s Suite, now time.Time) (Suite, error) {
	if err := tx.inWrite(); err != nil {
		return Suite{}, err
	}
	seq, err := tx.next("suites", 1)
	if err != nil {
		return Suite{}, err
	}
	s.Meta, s.Name = newMeta(seq, now), validation.NFC(s.Name)
	n, err := tx.exec("INSERT INTO suites ("+suiteColumns+") VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
		s.ID, s.Name, s.Seq, s.ETag, micros(s.CreatedAt), micros(s.UpdatedAt))
	if err != nil {
		return Suite{}, fmt.Errorf("create suite: %w", err)
	}
	if n == 0 {
		return Suite{}, tx.conflict(suiteNamed(s.Name, ""),
			taken{IDTaken, "SELECT id, created_at FROM suites WHERE id = $1", []any{s.ID}})
	}
	return s, nil
}

// Suite reads a suite; ErrNotFound. One statement.
func (tx *Tx) Suite(id string) (Suite, error) {
	return selectOne(tx, scanSuite, "SELECT "+suiteColumns+" FROM suites WHERE id = $1", id)
}

// SuiteForUpdate reads a suite and keeps others from changing it until the
// transaction ends.
func (tx *Tx) SuiteForUpdate(id string) (Suite, error) {
	return changeOne(tx, scanSuite, "UPDATE suites SET etag = etag WHERE id = $1 RETURNING "+suiteColumns, id)
}

// Suites lists suites.
func (tx *Tx) Suites(f SuiteFilter, page Page) (List[Suite], error) {
	var w where
	switch {
	case f.Scope.all:
	case f.Scope.suiteID == "":
		w.add("1 = 0")
	default:
		w.add("id = ?", f.Scope.suiteID)
	}
	w.equal("name", validation.NFC(f.Name))
	w.in("id", f.IDs)
	l, err := list(tx, listQuery[Suite]{
		columns: suiteColumns, from: "suites", seq: "seq", where: w,
		scan: scanSuite, seqOf: func(s Suite) int64 { return s.Seq },
	}, page)
	if err != nil {
		return l, fmt.Errorf("list suites: %w", err)
	}
	return l, nil
}

// UpdateSuite gives a suite the name of s and returns it. The same name changes
// nothing, the etag included. A taken name is a *ConflictError.
func (tx *Tx) UpdateSuite(s Suite, now time.Time) (Suite, error) {
	if err := tx.inWrite(); err != nil {
		return Suite{}, err
	}
	cur, err := tx.SuiteForUpdate(s.ID)
	if err != nil {
		return Suite{}, err
	}
	s.Name = validation.NFC(s.Name)
	if cur.Name == s.Name {
		return cur, nil
	}
	if err := tx.free(suiteNamed(s.Name, s.ID)); err != nil {
		return Suite{}, err
	}
	cur.Name = s.Name
	cur.touch(now)
	if _, err := tx.exec("UPDATE suites SET name = $2, etag = $3, updated_at = $4 WHERE id = $1",
		cur.ID, cur.Name, cur.ETag, micros(cur.UpdatedAt)); err != nil {
		return Suite{}, fmt.Errorf("update suite: %w", err)
	}
	return cur, nil
}

// DeleteSuite deletes a suite; ErrNotFound, or ErrNotEmpty when it has
// projects, applications or users.
func (tx *Tx) DeleteSuite(id string) error {
	if err := tx.inWrite(); err != nil {
		return err
	}
	if _, err := tx.SuiteForUpdate(id); err != nil {
		return err
	}
	return tx.delete(SuiteObject, "DELETE FROM suites WHERE id = $1", id, ErrNotEmpty)
}
