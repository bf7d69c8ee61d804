package store

import (
	"fmt"
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

const projectColumns = "id, suite_id, name, " + metaColumns

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
	if err := tx.inWrite(); err != nil {
		return Project{}, err
	}
	seq, err := tx.next("projects", 1)
	if err != nil {
		return Project{}, err
	}
	p.Meta, p.Name = newMeta(seq, now), validation.NFC(p.Name)
	n, err := tx.exec("INSERT INTO projects ("+projectColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT DO NOTHING`,
		p.ID, p.SuiteID, p.Name, p.Seq, p.ETag, micros(p.CreatedAt), micros(p.UpdatedAt))
	if err != nil {
		return Project{}, fmt.Errorf("create project: %w", err)
	}
	if n == 0 {
		return Project{}, tx.conflict(projectNamed(p.SuiteID, p.Name, ""),
			taken{IDTaken, "SELECT id, created_at FROM projects WHERE id = $1", []any{p.ID}})
	}
	return p, nil
}

// Project reads a project; ErrNotFound. One statement.
func (tx *Tx) Project(id string) (Project, error) {
	return selectOne(tx, scanProject, "SELECT "+projectColumns+" FROM projects WHERE id = $1", id)
}

// ProjectForUpdate reads a project and keeps others from changing it until the
// transaction ends.
func (tx *Tx) ProjectForUpdate(id string) (Project, error) {
	return changeOne(tx, scanProject, "UPDATE projects SET etag = etag WHERE id = $1 RETURNING "+projectColumns, id)
}

// Projects lists projects.
func (tx *Tx) Projects(f ProjectFilter, page Page) (List[Project], error) {
	var w where
	w.scope(f.Scope, "suite_id", "id")
	w.equal("name", validation.NFC(f.Name))
	w.equal("suite_id", f.SuiteID)
	w.in("id", f.IDs)
	l, err := list(tx, listQuery[Project]{
		columns: projectColumns, from: "projects", seq: "seq", where: w,
		scan: scanProject, seqOf: func(p Project) int64 { return p.Seq },
	}, page)
	if err != nil {
		return l, fmt.Errorf("list projects: %w", err)
	}
	return l, nil
}

// UpdateProject gives a project the name of p and returns it. The same name
// changes nothing, the etag included. A name taken in the suite is a
// *ConflictError.
func (tx *Tx) UpdateProject(p Project, now time.Time) (Project, error) {
	if err := tx.inWrite(); err != nil {
		return Project{}, err
	}
	cur, err := tx.ProjectForUpdate(p.ID)
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
	cur.touch(now)
	if _, err := tx.exec("UPDATE projects SET name = $2, etag = $3, updated_at = $4 WHERE id = $1",
		cur.ID, cur.Name, cur.ETag, micros(cur.UpdatedAt)); err != nil {
		return Project{}, fmt.Errorf("update project: %w", err)
	}
	return cur, nil
}

// DeleteProject deletes a project; ErrNotFound, or ErrNotEmpty when it has
// applications or users.
func (tx *Tx) DeleteProject(id string) error {
	if err := tx.inWrite(); err != nil {
		return err
	}
	if _, err := tx.ProjectForUpdate(id); err != nil {
		return err
	}
	return tx.delete(ProjectObject, "DELETE FROM projects WHERE id = $1", id, ErrNotEmpty)
}
