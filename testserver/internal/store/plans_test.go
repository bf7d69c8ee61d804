package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
)

// Reads by id are what a plan of a thousand resources consists of. SQLite,
// which keeps no statistics here, must not walk a table for one of them.
func TestPlans_ReadsByIDSearchAnIndex(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	ids, page, all := make([]string, 200), Page{Limit: 500}, Everything()
	for name, use := range map[string]func(*Tx) error{
		"suites":       func(tx *Tx) error { return errorOf(tx.Suites(SuiteFilter{Scope: all, IDs: ids}, page)) },
		"projects":     func(tx *Tx) error { return errorOf(tx.Projects(ProjectFilter{Scope: all, IDs: ids}, page)) },
		"applications": func(tx *Tx) error { return errorOf(tx.Applications(ApplicationFilter{Scope: all, IDs: ids}, page)) },
		"users":        func(tx *Tx) error { return errorOf(tx.Users(UserFilter{Scope: all, IDs: ids}, page)) },
		"applications of a suite": func(tx *Tx) error {
			return errorOf(tx.Applications(ApplicationFilter{Scope: InSuite("s")}, page))
		},
		"applications by id in a suite": func(tx *Tx) error {
			return errorOf(tx.Applications(ApplicationFilter{Scope: InSuite("s"), IDs: ids}, page))
		},
		"users of a project": func(tx *Tx) error {
			return errorOf(tx.Users(UserFilter{Scope: InProject("s", "p")}, page))
		},
		"a user by email": func(tx *Tx) error { return errorOf(tx.Users(UserFilter{Scope: all, Email: "e"}, page)) },
		"assignments of applications": func(tx *Tx) error {
			return errorOf(tx.Assignments(AssignmentFilter{Scope: all, ApplicationIDs: ids}, page))
		},
		"assignments of users in a suite": func(tx *Tx) error {
			return errorOf(tx.Assignments(AssignmentFilter{Scope: InSuite("s"), UserIDs: ids}, page))
		},
		"a refresh token": func(tx *Tx) error { return ignoreNotFound(errorOf(tx.GrantByRefreshToken([]byte("h")))) },
		"a family":        func(tx *Tx) error { return ignoreNotFound(errorOf(tx.GrantByFamily("f"))) },
		"a sign-in":       func(tx *Tx) error { return ignoreNotFound(errorOf(tx.GrantByLogin("c", "e"))) },
	} {
		explained := &explainer{session: s.backend.direct(false)}
		if err := use(&Tx{ctx: t.Context(), session: explained}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, step := range explained.steps {
			walks := strings.HasPrefix(step, "SCAN ") && step != "SCAN CONSTANT ROW" && step != "SCAN always"
			if walks || strings.Contains(step, "(seq>?)") {
				t.Errorf("%s: %s", name, step)
			}
		}
		if len(explained.steps) == 0 {
			t.Errorf("%s: nothing was explained", name)
		}
	}
}

func errorOf[T any](_ T, err error) error { return err }

func ignoreNotFound(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// explainer notes the steps of the plan of each query that it passes on.
type explainer struct {
	session
	steps []string
}

func (e *explainer) query(ctx context.Context, query string, args []any, each func(*sql.Rows) error) error {
	err := e.session.query(ctx, "EXPLAIN QUERY PLAN "+query, args, func(r *sql.Rows) error {
		var id, parent, unused int
		var step string
		err := r.Scan(&id, &parent, &unused, &step)
		e.steps = append(e.steps, step)
		return err
	})
	if err != nil {
		return err
	}
	return e.session.query(ctx, query, args, each)
}
