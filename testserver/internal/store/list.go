package store

import (
	"fmt"
	"strings"
)

// Scope is what a caller may see. Its zero value sees nothing.
type Scope struct {
	all                bool
	suiteID, projectID string
}

// Everything is the scope of a super admin.
func Everything() Scope { return Scope{all: true} }

// InSuite is the scope of a suite admin: the suite and all that is in it.
func InSuite(suiteID string) Scope { return Scope{suiteID: suiteID} }

// InProject is the scope of a system user: the project, what is in it, and of
// its suite no more than the suite itself.
func InProject(suiteID, projectID string) Scope {
	return Scope{suiteID: suiteID, projectID: projectID}
}

// SeesSuite reports whether the suite is in the scope.
func (s Scope) SeesSuite(id string) bool { return s.all || (id != "" && s.suiteID == id) }

// Sees reports whether a project (with its own id), an application or a user of
// that suite and project is in the scope.
func (s Scope) Sees(suiteID, projectID string) bool {
	return s.SeesSuite(suiteID) && (s.projectID == "" || s.projectID == projectID)
}

// Page is a part of a list.
type Page struct {
	// Limit is the number of items, 1 or more.
	Limit int
	// After is the Next of the page before, 0 for the first one.
	After int64
}

// List is a page of what a filter lets through, in the order of creation.
type List[T any] struct {
	Items []T
	// Total counts what is on all pages.
	Total int
	// Next is the After of the next page, 0 on the last one.
	Next int64
}

// where collects the conditions of a query with their arguments.
type where struct {
	conditions []string
	args       []any
}

// add adds a condition, each ? in it standing for the next argument.
func (w *where) add(condition string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(w.args)), 1)
	}
	w.conditions = append(w.conditions, condition)
}

// equal adds column = value unless value is empty.
func (w *where) equal(column, value string) {
	if value != "" {
		w.add(column+" = ?", value)
	}
}

// in adds that the column is one of values, unless values is nil.
func (w *where) in(column string, values []string) {
	if values == nil {
		return
	}
	if len(values) == 0 {
		w.add("1 = 0")
		return
	}
	w.conditions = append(w.conditions, column+" IN ("+w.placeholders(values)+")")
}

// placeholders appends values to the arguments and returns their
// placeholders. The list is filled up with its last value to one of a few
// lengths, so that the number of different statements stays small enough for
// them to be kept prepared.
func (w *where) placeholders(values []string) string {
	n := len(values)
	for _, size := range []int{1, 4, 16, 64, 256, 512} {
		if len(values) <= size {
			n = size
			break
		}
	}
	var b strings.Builder
	for i := range n {
		w.args = append(w.args, values[min(i, len(values)-1)])
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "$%d", len(w.args))
	}
	return b.String()
}

// scope limits to what the scope sees, by the columns that hold suite and
// project.
func (w *where) scope(s Scope, suite, project string) {
	switch {
	case s.all:
	case s.suiteID == "":
		w.add("1 = 0")
	case s.projectID != "":
		w.add(suite+" = ?", s.suiteID)
		w.add(project+" = ?", s.projectID)
	default:
		w.add(suite+" = ?", s.suiteID)
	}
}

func (w *where) sql() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}

// listQuery is a list of one resource.
type listQuery[T any] struct {
	columns, from string
	seq           string // the column that orders
	where         where
	scan          func(scanner) (T, error)
	seqOf         func(T) int64
}

// list reads a page. The total is counted in the same transaction, and so
// belongs to the same state of the store.
func list[T any](tx *Tx, q listQuery[T], page Page) (List[T], error) {
	var out List[T]
	if page.Limit < 1 {
		return out, fmt.Errorf("a page of %d items", page.Limit)
	}
	total, err := selectOne(tx, scanValue[int64], "SELECT COUNT(*) FROM "+q.from+q.where.sql(), q.where.args...)
	if err != nil {
		return out, err
	}
	out.Total = int(total)
	w := where{conditions: q.where.conditions[:len(q.where.conditions):len(q.where.conditions)],
		args: q.where.args[:len(q.where.args):len(q.where.args)]}
	w.add(q.seq+" > ?", page.After)
	w.args = append(w.args, int64(page.Limit)+1)
	text := fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT $%d", q.columns, q.from, w.sql(), q.seq, len(w.args))
	out.Items, err = selectAll(tx, q.scan, text, w.args...)
	if err != nil {
		return out, err
	}
	if len(out.Items) > page.Limit {
		out.Items = out.Items[:page.Limit]
		out.Next = q.seqOf(out.Items[page.Limit-1])
	}
	return out, nil
}

// maxListed bounds the values of one IN list or INSERT.
const maxListed = 512
