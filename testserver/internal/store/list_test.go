package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// estate is two suites with two projects each, and in every project two
// applications and two users.
type estate struct {
	suites       []store.Suite
	projects     []store.Project
	applications []store.Application
	users        []store.User
}

func newEstate(t testing.TB, s *store.Store) estate {
	t.Helper()
	var e estate
	for range 2 {
		suite := newSuite(t, s)
		e.suites = append(e.suites, suite)
		for range 2 {
			p := newProject(t, s, suite.ID)
			e.projects = append(e.projects, p)
			for range 2 {
				e.applications = append(e.applications, newApplication(t, s, p))
				e.users = append(e.users, newUser(t, s, p))
			}
		}
	}
	return e
}

func idsOf[T any](all []T, id func(T) string) []string {
	var ids []string
	for _, v := range all {
		ids = append(ids, id(v))
	}
	return ids
}

func applicationID(a store.Application) string { return a.ID }

func TestList_FiltersAndScopes(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		e := newEstate(t, s)
		special := application(e.projects[3])
		special.AuthenticatorType = "client_credentials"
		special = must(t, s, func(tx *store.Tx) (store.Application, error) { return tx.CreateApplication(special, now) })
		apps := append(e.applications, special)
		all := store.Everything()
		tests := map[string]struct {
			filter store.ApplicationFilter
			want   []store.Application
		}{
			"everything":         {store.ApplicationFilter{Scope: all}, apps},
			"no scope":           {store.ApplicationFilter{}, nil},
			"suite admin":        {store.ApplicationFilter{Scope: store.InSuite(e.suites[0].ID)}, apps[:4]},
			"system user":        {store.ApplicationFilter{Scope: store.InProject(e.suites[0].ID, e.projects[1].ID)}, apps[2:4]},
			"suite":              {store.ApplicationFilter{Scope: all, SuiteID: e.suites[1].ID}, apps[4:]},
			"suite out of scope": {store.ApplicationFilter{Scope: store.InSuite(e.suites[0].ID), SuiteID: e.suites[1].ID}, nil},
			"project":            {store.ApplicationFilter{Scope: all, ProjectID: e.projects[2].ID}, apps[4:6]},
			"name":               {store.ApplicationFilter{Scope: all, Name: apps[5].Name}, apps[5:6]},
			"name in other case": {store.ApplicationFilter{Scope: all, Name: strings.ToUpper(apps[5].Name)}, nil},
			"type":               {store.ApplicationFilter{Scope: all, AuthenticatorType: "client_credentials"}, apps[8:]},
			"ids, some unknown":  {store.ApplicationFilter{Scope: all, IDs: []string{apps[7].ID, "nowhere", apps[1].ID, "bad\x00"}}, []store.Application{apps[1], apps[7]}},
			"no ids":             {store.ApplicationFilter{Scope: all, IDs: []string{}}, nil},
			"ids out of scope":   {store.ApplicationFilter{Scope: store.InSuite(e.suites[0].ID), IDs: []string{apps[7].ID, apps[1].ID}}, apps[1:2]},
		}
		for name, tt := range tests {
			l := read(t, s, func(tx *store.Tx) (store.List[store.Application], error) {
				return tx.Applications(tt.filter, store.Page{Limit: 100})
			})
			want := idsOf(tt.want, applicationID)
			if got := idsOf(l.Items, applicationID); !slices.Equal(got, want) || l.Total != len(want) || l.Next != 0 {
				t.Errorf("%s: %v, total %d, next %d; want %v", name, got, l.Total, l.Next, want)
			}
		}
	})
}

func TestList_EveryKindKeepsToTheScope(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		e := newEstate(t, s)
		for i, a := range e.applications {
			assign(t, s, a.ID, e.users[i].ID, true)
			assign(t, s, a.ID, e.users[(i+4)%8].ID, true) // of the other suite
		}
		count := func(scope store.Scope) string {
			var n [5]int
			page := store.Page{Limit: 500}
			err := s.Read(t.Context(), func(tx *store.Tx) error {
				suites, err1 := tx.Suites(store.SuiteFilter{Scope: scope}, page)
				projects, err2 := tx.Projects(store.ProjectFilter{Scope: scope}, page)
				apps, err3 := tx.Applications(store.ApplicationFilter{Scope: scope}, page)
				users, err4 := tx.Users(store.UserFilter{Scope: scope}, page)
				assigned, err5 := tx.Assignments(store.AssignmentFilter{Scope: scope}, page)
				n = [5]int{suites.Total, projects.Total, apps.Total, users.Total, assigned.Total}
				for _, err := range []error{err1, err2, err3, err4, err5} {
					if err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(n)
		}
		suite, project := e.suites[0].ID, e.projects[0].ID
		for _, tt := range []struct {
			scope store.Scope
			want  string
		}{
			{store.Everything(), "[2 4 8 8 16]"},
			{store.InSuite(suite), "[1 2 4 4 8]"},
			{store.InProject(suite, project), "[1 1 2 2 4]"},
			{store.InProject(e.suites[1].ID, project), "[1 0 0 0 0]"},
			{store.InSuite(""), "[0 0 0 0 0]"},
			{store.Scope{}, "[0 0 0 0 0]"},
		} {
			if got := count(tt.scope); got != tt.want {
				t.Errorf("%+v sees %s, want %s", tt.scope, got, tt.want)
			}
		}
	})
}

func TestScope_SeesWhatListsShow(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		scope          store.Scope
		suite, project bool // that is, s and s/p
		other          bool // s/q
		elsewhere      bool // r/p
	}{
		{store.Everything(), true, true, true, true},
		{store.InSuite("s"), true, true, true, false},
		{store.InProject("s", "p"), true, true, false, false},
		{store.Scope{}, false, false, false, false},
		{store.InSuite(""), false, false, false, false},
	} {
		if tt.scope.SeesSuite("s") != tt.suite || tt.scope.Sees("s", "p") != tt.project ||
			tt.scope.Sees("s", "q") != tt.other || tt.scope.Sees("r", "p") != tt.elsewhere {
			t.Errorf("%+v sees suite %v, project %v, other %v, elsewhere %v", tt.scope, tt.scope.SeesSuite("s"),
				tt.scope.Sees("s", "p"), tt.scope.Sees("s", "q"), tt.scope.Sees("r", "p"))
		}
	}
	if (store.Scope{}).SeesSuite("") {
		t.Error("no scope sees an empty id")
	}
}

func TestList_OfUsersByEmailAndAssignmentsByEither(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		e := newEstate(t, s)
		l := read(t, s, func(tx *store.Tx) (store.List[store.User], error) {
			return tx.Users(store.UserFilter{Scope: store.Everything(), Email: strings.ToUpper(e.users[3].Email)}, store.Page{Limit: 1})
		})
		if l.Total != 1 || l.Items[0] != e.users[3] {
			t.Fatalf("found %+v, want %+v", l, e.users[3])
		}
		for _, a := range e.applications[:4] {
			for _, u := range e.users[:3] {
				assign(t, s, a.ID, u.ID, true)
			}
		}
		for _, tt := range []struct {
			filter store.AssignmentFilter
			want   int
		}{
			{store.AssignmentFilter{}, 12},
			{store.AssignmentFilter{ApplicationIDs: []string{e.applications[0].ID, e.applications[1].ID}}, 6},
			{store.AssignmentFilter{UserIDs: []string{e.users[0].ID}}, 4},
			{store.AssignmentFilter{UserIDs: []string{e.users[0].ID}, ApplicationIDs: []string{e.applications[2].ID}}, 1},
			{store.AssignmentFilter{UserIDs: []string{}}, 0},
			{store.AssignmentFilter{ProjectID: e.projects[0].ID}, 6},
			{store.AssignmentFilter{SuiteID: e.suites[1].ID}, 0},
		} {
			tt.filter.Scope = store.Everything()
			l := read(t, s, func(tx *store.Tx) (store.List[store.Assignment], error) {
				return tx.Assignments(tt.filter, store.Page{Limit: 500})
			})
			if l.Total != tt.want || len(l.Items) != tt.want {
				t.Errorf("%+v: %d of %d, want %d", tt.filter, len(l.Items), l.Total, tt.want)
			}
		}
	})
}

// walk lists all suites, page by page.
func walk(t testing.TB, s *store.Store, limit int, between func()) []store.Suite {
	t.Helper()
	var all []store.Suite
	var page = store.Page{Limit: limit}
	for {
		l := read(t, s, func(tx *store.Tx) (store.List[store.Suite], error) {
			return tx.Suites(store.SuiteFilter{Scope: store.Everything()}, page)
		})
		if len(l.Items) > limit {
			t.Fatalf("%d items on a page of %d", len(l.Items), limit)
		}
		all = append(all, l.Items...)
		if l.Next == 0 {
			return all
		}
		page.After = l.Next
		between()
	}
}

func TestList_PagesGoOnBehindADeletedItem(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		var made []store.Suite
		for range 7 {
			made = append(made, newSuite(t, s))
		}
		for _, limit := range []int{1, 3, 7, 8} {
			if got := walk(t, s, limit, func() {}); !slices.Equal(got, made) {
				t.Fatalf("pages of %d: %d suites, want %d in order", limit, len(got), len(made))
			}
		}
		deleted := false
		got := walk(t, s, 3, func() {
			if !deleted { // the last item of the page just read, and the first of the next
				write(t, s, func(tx *store.Tx) error { return tx.DeleteSuite(made[2].ID) })
				write(t, s, func(tx *store.Tx) error { return tx.DeleteSuite(made[3].ID) })
				deleted = true
			}
		})
		want := slices.Concat(made[:3], made[4:])
		if !slices.Equal(got, want) {
			t.Fatalf("%d suites, want %d: a deletion between two pages skipped something", len(got), len(want))
		}
		if _, err := inWrite(t, s, func(tx *store.Tx) (store.List[store.Suite], error) {
			return tx.Suites(store.SuiteFilter{}, store.Page{})
		}); err == nil {
			t.Fatal("a page of no items was returned")
		}
	})
}

// A reader who goes on from the last item that it saw must not miss one that
// a slower transaction commits later with a smaller number.
func TestList_OrderIsTheOrderOfCommits(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *store.Store) {
		const writers, each = 6, 15
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for i := range each {
					id := random.ID()
					try(t, s, func(tx *store.Tx) error {
						_, err := tx.CreateSuite(store.Suite{ID: id, Name: "s" + id}, now)
						return err
					})
					if i%3 == 0 { // some go again while others are listed
						try(t, s, func(tx *store.Tx) error { return tx.DeleteSuite(id) })
					}
				}
			})
		}
		go func() { wg.Wait(); cancel() }()
		seen := map[string]bool{}
		var after int64
		for done := false; !done; {
			done = ctx.Err() != nil // then one more round sees the rest
			l := read(t, s, func(tx *store.Tx) (store.List[store.Suite], error) {
				return tx.Suites(store.SuiteFilter{Scope: store.Everything()}, store.Page{Limit: 4, After: after})
			})
			for _, suite := range l.Items {
				if seen[suite.ID] || suite.Seq <= after {
					t.Fatalf("number %d after %d", suite.Seq, after)
				}
				seen[suite.ID], after = true, suite.Seq
			}
			done = done && l.Next == 0
		}
		for _, suite := range walk(t, s, 500, func() {}) {
			if !seen[suite.ID] {
				t.Fatalf("number %d was skipped", suite.Seq)
			}
		}
	})
}
