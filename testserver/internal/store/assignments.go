package store

import (
	"fmt"
	"time"
)

// Assignment lets a user sign in at an application.
type Assignment struct {
	ApplicationID string
	UserID        string
	Enabled       bool // the toggle
	Meta
}

// AssignmentFilter selects assignments; what is empty selects all. Scope,
// SuiteID and ProjectID are those of the application.
type AssignmentFilter struct {
	Scope          Scope
	SuiteID        string
	ProjectID      string
	ApplicationIDs []string // nil: all
	UserIDs        []string // nil: all
}

const assignmentColumns = "au.application_id, au.user_id, au.enabled, au.seq, au.etag, au.created_at, au.updated_at"

func scanAssignment(row scanner) (Assignment, error) {
	var a Assignment
	var m metaRow
	err := row.Scan(append([]any{&a.ApplicationID, &a.UserID, &a.Enabled}, m.dest()...)...)
	a.Meta = m.meta()
	return a, err
}

// Assignment reads an assignment; ErrNotFound. One statement.
func (tx *Tx) Assignment(applicationID, userID string) (Assignment, error) {
	return selectOne(tx, scanAssignment, "SELECT "+assignmentColumns+
		" FROM application_users au WHERE au.application_id = $1 AND au.user_id = $2", applicationID, userID)
}

// Assignments lists assignments.
func (tx *Tx) Assignments(f AssignmentFilter, page Page) (List[Assignment], error) {
	from := "application_users au"
	var w where
	if !f.Scope.all || f.SuiteID != "" || f.ProjectID != "" {
		from += " JOIN applications a ON a.id = au.application_id"
		w.scope(f.Scope, "a.suite_id", "a.project_id")
		w.equal("a.suite_id", f.SuiteID)
		w.equal("a.project_id", f.ProjectID)
	}
	w.in("au.application_id", f.ApplicationIDs)
	w.in("au.user_id", f.UserIDs)
	l, err := list(tx, listQuery[Assignment]{
		columns: assignmentColumns, from: from, seq: "au.seq", where: w,
		scan: scanAssignment, seqOf: func(a Assignment) int64 { return a.Seq },
	}, page)
	if err != nil {
		return l, fmt.Errorf("list assignments: %w", err)
	}
	return l, nil
}

// HasUserBeyond reports whether a user of that role, or one of another suite,
// is assigned to the application, enabled or not. One statement.
func (tx *Tx) HasUserBeyond(applicationID, suiteID, role string) (bool, error) {
	n, err := selectOne(tx, scanValue[int64], `SELECT COUNT(*) FROM application_users au JOIN users u ON u.id = au.user_id
		WHERE au.application_id = $1 AND (u.suite_id <> $2 OR u.role = $3)`, applicationID, suiteID, role)
	if err != nil {
		return false, fmt.Errorf("look for users of a role or of another suite: %w", err)
	}
	return n > 0, nil
}

// PutAssignment creates an assignment, or changes its toggle, and reports
// whether it is new. Switching it off ends the user's token families at the
// application. Errors are those of ChangeAssignments, without an *ItemError
// around them.
func (tx *Tx) PutAssignment(applicationID string, item AssignmentSet, now time.Time) (_ Assignment, created bool, _ error) {
	out, err := tx.changeAssignments(applicationID, []AssignmentSet{item}, nil, now)
	if err != nil {
		return Assignment{}, false, bare(err)
	}
	return out.set[0], out.created > 0, nil
}

// DeleteAssignment removes an assignment and ends the user's token families at
// the application; ErrNotFound also when there is no such assignment.
func (tx *Tx) DeleteAssignment(applicationID, userID string, now time.Time) error {
	out, err := tx.changeAssignments(applicationID, nil, []AssignmentRemoval{{UserID: userID}}, now)
	if err != nil {
		return bare(err)
	}
	if out.removed == 0 {
		return ErrNotFound
	}
	return nil
}
