package store

import (
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// Project is a part of a suite, in which it stays.
type Project struct {
	ID      string
	SuiteID string
	Name    string // unique in the suite
	Meta
}

// ProjectFilter selects projects; what is empty selects all.
type ProjectFilter struct {
	Scope   Scope
	Name    string
	SuiteID string
	IDs     []string // nil: all
}

var projects = table[Project, *Project]{name: "projects", kind: ProjectObject, columns: "id, suite_id, name, " + metaColumns, scan: scanProject, inUse: ErrNotEmpty}

func (p *Project) key() string       { return p.ID }
func (p *Project) columns() []column { return []column{{"suite_id", p.SuiteID}, {"name", p.Name}} }

func scanProject(row scanner) (Project, error) {
	var p Project
	var m metaRow
	err := row.Scan(append([]any{&p.ID, &p.SuiteID, &p.Name}, m.dest()...)...)
	p.Meta = m.meta()
	return p, err
}

func projectNamed(suiteID, name, except string) taken {
	return taken{NameTaken, "SELECT id, created_at FROM projects WHERE suite_id = $1 AND name = $2 AND id <> $3",
		[]any{suiteID, name, except}}
}

// CreateProject stores a new project and returns it with its etag and times. A
// name that is taken in the suite, or a taken id, is a *ConflictError; a suite
// that does not exist is ErrReference.
func (tx *Tx) CreateProject(p Project, now time.Time) (Project, error) {
	p.Name = validation.NFC(p.Name)
	if err := projects.insert(tx, &p, now, projectNamed(p.SuiteID, p.Name, "")); err != nil {
		return Project{}, err
	}
	return p, nil
}

// Project reads a project; ErrNotFound. One statement.
func (tx *Tx) Project(id string) (Project, error) {
	return projects.read(tx, "id", id)
}

// ProjectForUpdate reads a project and keeps others from changing it until the
// transaction ends.
func (tx *Tx) ProjectForUpdate(id string) (Project, error) {
	return projects.lock(tx, id)
}

// Projects lists projects.
func (tx *Tx) Projects(f ProjectFilter, page Page) (List[Project], error) {
	var w where
	w.scope(f.Scope, "suite_id", "id")
	w.equal("name", validation.NFC(f.Name))
	w.equal("suite_id", f.SuiteID)
	w.in("id", f.IDs)
	return projects.list(tx, w, page)
}

// UpdateProject gives a project the name of p and returns it. The same name
// changes nothing, the etag included. A name taken in the suite is a
// *ConflictError.
func (tx *Tx) UpdateProject(p Project, now time.Time) (Project, error) {
	cur, err := projects.lock(tx, p.ID)
	if err != nil {
		return Project{}, err
	}
	p.Name = validation.NFC(p.Name)
	if cur.Name == p.Name {
		return cur, nil
	}
	if err := tx.free(projectNamed(cur.SuiteID, p.Name, p.ID)); err != nil {
		return Project{}, err
	}
	cur.Name = p.Name
	if err := projects.update(tx, &cur, now); err != nil {
		return Project{}, err
	}
	return cur, nil
}

// DeleteProject deletes a project; ErrNotFound, or ErrNotEmpty when it has
// applications or users.
func (tx *Tx) DeleteProject(id string) error { return projects.delete(tx, id) }
