package store

import (
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

var suites = table[Suite, *Suite]{name: "suites", kind: SuiteObject, columns: "id, name, " + metaColumns, scan: scanSuite, inUse: ErrNotEmpty}

func (s *Suite) key() string       { return s.ID }
func (s *Suite) columns() []column { return []column{{"name", s.Name}} }

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
	s.Name = validation.NFC(s.Name)
	if err := suites.insert(tx, &s, now, suiteNamed(s.Name, "")); err != nil {
		return Suite{}, err
	}
	return s, nil
}

// Suite reads a suite; ErrNotFound. One statement.
func (tx *Tx) Suite(id string) (Suite, error) {
	return suites.read(tx, "id", id)
}

// SuiteForUpdate reads a suite and keeps others from changing it until the
// transaction ends.
func (tx *Tx) SuiteForUpdate(id string) (Suite, error) {
	return suites.lock(tx, id)
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
	return suites.list(tx, w, page)
}

// UpdateSuite gives a suite the name of s and returns it. The same name changes
// nothing, the etag included. A taken name is a *ConflictError.
func (tx *Tx) UpdateSuite(s Suite, now time.Time) (Suite, error) {
	cur, err := suites.lock(tx, s.ID)
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
	if err := suites.update(tx, &cur, now); err != nil {
		return Suite{}, err
	}
	return cur, nil
}

// DeleteSuite deletes a suite; ErrNotFound, or ErrNotEmpty when it has
// projects, applications or users.
func (tx *Tx) DeleteSuite(id string) error { return suites.delete(tx, id) }
