package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
)

// AssignmentSet is an assignment to be created or changed.
type AssignmentSet struct {
	UserID  string
	Enabled bool
	// ETag is the etag that the assignment must have, or empty. New says that
	// it must not exist.
	ETag string
	New  bool
}

// AssignmentRemoval is an assignment to be removed. One that does not exist is
// as good as removed, unless an etag is expected of it.
type AssignmentRemoval struct {
	UserID string
	ETag   string // that it must have, or empty
}

// ItemError says which item of a bulk change could not be done, and why:
// ErrStale, ErrReference (no such user) or a *ConflictError of kind
// AlreadyAssigned.
type ItemError struct {
	// List is "set" or "remove".
	List string
	// Index counts from 0.
	Index int
	Err   error
}

func (e *ItemError) Error() string { return fmt.Sprintf("%s[%d]: %v", e.List, e.Index, e.Err) }

// Unwrap returns Err.
func (e *ItemError) Unwrap() error { return e.Err }

// bare takes the item away from an error.
func bare(err error) error {
	var item *ItemError
	if errors.As(err, &item) {
		return item.Err
	}
	return err
}

// ChangeAssignments sets and removes assignments of an application, all or
// none, in a handful of statements for any number, and returns those that set
// names in its order. No user may be named twice. An application that does not
// exist is ErrNotFound, what is wrong with an item an *ItemError. Token
// families end as with DeleteAssignment and PutAssignment.
func (tx *Tx) ChangeAssignments(applicationID string, set []AssignmentSet, remove []AssignmentRemoval, now time.Time) ([]Assignment, error) {
	out, err := tx.changeAssignments(applicationID, set, remove, now)
	return out.set, err
}

type assignmentsChanged struct {
	set              []Assignment
	created, removed int
}

func (tx *Tx) changeAssignments(applicationID string, set []AssignmentSet, remove []AssignmentRemoval, now time.Time) (assignmentsChanged, error) {
	var out assignmentsChanged
	if err := tx.inWrite(); err != nil {
		return out, err
	}
	// The lock on the application keeps others from its assignments.
	if _, err := tx.ApplicationForUpdate(applicationID); err != nil {
		return out, err
	}
	p := assignmentPlan{tx: tx, applicationID: applicationID, now: fromMicros(micros(now)), etag: random.ETag()}
	if err := p.readCurrent(set, remove); err != nil {
		return out, err
	}
	for i, item := range remove {
		if err := p.planRemoval(item); err != nil {
			return out, &ItemError{List: "remove", Index: i, Err: err}
		}
	}
	for i, item := range set {
		a, err := p.planSet(item)
		if err != nil {
			return out, &ItemError{List: "set", Index: i, Err: err}
		}
		out.set = append(out.set, a)
	}
	out.created, out.removed = len(p.fresh), len(p.removed)
	return out, p.carryOut(out.set)
}

// assignmentPlan is what a bulk change comes to: few statements, each over
// many users.
type assignmentPlan struct {
	tx            *Tx
	applicationID string
	now           time.Time
	// etag is given to all that change. Etags are compared within an object,
	// so objects may share one.
	etag string

	current                                 map[string]Assignment
	users                                   map[string]bool // those that exist, of those not assigned yet
	removed, switchedOn, switchedOff, fresh []string
	seen                                    map[string]bool
}

func (p *assignmentPlan) readCurrent(set []AssignmentSet, remove []AssignmentRemoval) error {
	ids := make([]string, 0, len(set)+len(remove))
	for _, item := range set {
		ids = append(ids, item.UserID)
	}
	for _, item := range remove {
		ids = append(ids, item.UserID)
	}
	p.current, p.users, p.seen = map[string]Assignment{}, map[string]bool{}, map[string]bool{}
	for chunk := range slices.Chunk(ids, maxListed) {
		var w where
		w.add("au.application_id = ?", p.applicationID)
		w.in("au.user_id", chunk)
		found, err := selectAll(p.tx, scanAssignment, "SELECT "+assignmentColumns+" FROM application_users au"+w.sql(), w.args...)
		if err != nil {
			return fmt.Errorf("read assignments: %w", err)
		}
		for _, a := range found {
			p.current[a.UserID] = a
		}
	}
	var unknown []string
	for _, item := range set {
		if _, ok := p.current[item.UserID]; !ok {
			unknown = append(unknown, item.UserID)
		}
	}
	return p.readUsers(unknown)
}

// readUsers finds out which users exist before a foreign key would, which
// could not name the one that does not.
func (p *assignmentPlan) readUsers(ids []string) error {
	for chunk := range slices.Chunk(ids, maxListed) {
		var w where
		w.in("id", chunk)
		found, err := selectAll(p.tx, scanValue[string], "SELECT id FROM users"+w.sql(), w.args...)
		if err != nil {
			return fmt.Errorf("read users: %w", err)
		}
		for _, id := range found {
			p.users[id] = true
		}
	}
	return nil
}

var errTwice = errors.New("store: a user occurs twice")

func (p *assignmentPlan) once(userID string) error {
	if p.seen[userID] {
		return errTwice
	}
	p.seen[userID] = true
	return nil
}

func (p *assignmentPlan) planRemoval(item AssignmentRemoval) error {
	if err := p.once(item.UserID); err != nil {
		return err
	}
	cur, ok := p.current[item.UserID]
	if !ok {
		if item.ETag != "" {
			return ErrStale
		}
		return nil
	}
	if err := cur.expect(item.ETag); err != nil {
		return err
	}
	p.removed = append(p.removed, item.UserID)
	return nil
}

func (p *assignmentPlan) planSet(item AssignmentSet) (Assignment, error) {
	if err := p.once(item.UserID); err != nil {
		return Assignment{}, err
	}
	cur, ok := p.current[item.UserID]
	switch {
	case ok && item.New:
		return cur, &ConflictError{Kind: AlreadyAssigned, ExistingID: item.UserID, ExistingCreatedAt: cur.CreatedAt}
	case ok:
		if err := cur.expect(item.ETag); err != nil {
			return cur, err
		}
		if cur.Enabled == item.Enabled {
			return cur, nil
		}
		cur.Enabled, cur.ETag, cur.UpdatedAt = item.Enabled, p.etag, p.now
		if item.Enabled {
			p.switchedOn = append(p.switchedOn, item.UserID)
		} else {
			p.switchedOff = append(p.switchedOff, item.UserID)
		}
		return cur, nil
	case item.ETag != "":
		return Assignment{}, ErrStale
	case !p.users[item.UserID]:
		return Assignment{}, fmt.Errorf("user %q: %w", item.UserID, ErrReference)
	}
	p.fresh = append(p.fresh, item.UserID)
	return Assignment{ApplicationID: p.applicationID, UserID: item.UserID, Enabled: item.Enabled,
		Meta: Meta{ETag: p.etag, CreatedAt: p.now, UpdatedAt: p.now}}, nil
}

func (p *assignmentPlan) carryOut(set []Assignment) error {
	if err := p.remove(); err != nil {
		return err
	}
	if err := p.toggle(p.switchedOn, true); err != nil {
		return err
	}
	if err := p.toggle(p.switchedOff, false); err != nil {
		return err
	}
	// Those that are switched on or new have families too where a sign-in on
	// PostgreSQL stored one while the assignment was taken away.
	toggled := slices.Concat(p.switchedOff, p.switchedOn, p.fresh)
	if err := p.endFamilies(toggled, "assignment disabled"); err != nil {
		return err
	}
	return p.insert(set)
}

func (p *assignmentPlan) remove() error {
	for chunk := range slices.Chunk(p.removed, maxListed) {
		var w where
		w.add("application_id = ?", p.applicationID)
		w.in("user_id", chunk)
		if _, err := p.tx.exec("DELETE FROM application_users"+w.sql(), w.args...); err != nil {
			return fmt.Errorf("remove assignments: %w", err)
		}
	}
	return p.endFamilies(p.removed, "assignment removed")
}

func (p *assignmentPlan) toggle(userIDs []string, enabled bool) error {
	for chunk := range slices.Chunk(userIDs, maxListed) {
		w := where{args: []any{enabled, p.etag, micros(p.now)}}
		w.add("application_id = ?", p.applicationID)
		w.in("user_id", chunk)
		if _, err := p.tx.exec("UPDATE application_users SET enabled = $1, etag = $2, updated_at = $3"+w.sql(), w.args...); err != nil {
			return fmt.Errorf("change assignments: %w", err)
		}
	}
	return nil
}

func (p *assignmentPlan) endFamilies(userIDs []string, reason string) error {
	for chunk := range slices.Chunk(userIDs, maxListed) {
		sel := familySelection{applicationID: p.applicationID, userIDs: chunk}
		if err := p.tx.endFamiliesOf(sel, reason, p.now); err != nil {
			return err
		}
	}
	return nil
}

// insert stores the new ones among set, and gives them their numbers.
func (p *assignmentPlan) insert(set []Assignment) error {
	if len(p.fresh) == 0 {
		return nil
	}
	last, err := p.tx.next("application_users", len(p.fresh))
	if err != nil {
		return err
	}
	seq := last - int64(len(p.fresh)) + 1
	var rows []*Assignment
	for i := range set {
		if set[i].Seq == 0 {
			set[i].Seq = seq
			seq++
			rows = append(rows, &set[i])
		}
	}
	for chunk := range slices.Chunk(rows, maxListed) {
		if err := p.insertRows(chunk); err != nil {
			return err
		}
	}
	return nil
}

func (p *assignmentPlan) insertRows(rows []*Assignment) error {
	var b strings.Builder
	b.WriteString("INSERT INTO application_users (application_id, user_id, enabled, seq, etag, created_at, updated_at) VALUES ")
	args := []any{p.applicationID, p.etag, micros(p.now)}
	for i, a := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		n := len(args)
		fmt.Fprintf(&b, "($1, $%d, $%d, $%d, $2, $3, $3)", n+1, n+2, n+3)
		args = append(args, a.UserID, a.Enabled, a.Seq)
	}
	if _, err := p.tx.exec(b.String(), args...); err != nil {
		return fmt.Errorf("create assignments: %w", err)
	}
	return nil
}
