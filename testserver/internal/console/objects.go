package console

import (
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// pageSize is how many objects a list shows at a time.
const pageSize = 50

// from reads where a list goes on. What is no number is the beginning.
func from(r *http.Request) store.Page {
	after, err := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	if err != nil || after < 0 {
		after = 0
	}
	return store.Page{Limit: pageSize, After: after}
}

type applicationsPage struct {
	store.List[store.Application]
	places
	// Users counts those who are assigned, by the application's id.
	Users map[string]int
	// Begun reports whether pages lie before this one.
	Begun bool
}

// Suite and Project are the names of what an application is in.
func (p places) Suite(id string) string   { return p.suites[id] }
func (p places) Project(id string) string { return p.projects[id] }

func (c *Console) applications(w http.ResponseWriter, r *http.Request) {
	p := applicationsPage{Users: map[string]int{}, Begun: from(r).After > 0}
	err := c.config.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		if p.List, err = tx.Applications(store.ApplicationFilter{Scope: store.Everything()}, from(r)); err != nil {
			return err
		}
		suites, projects := map[string]bool{}, map[string]bool{}
		for _, a := range p.Items {
			suites[a.SuiteID], projects[a.ProjectID] = true, true
			users, err := tx.Assignments(store.AssignmentFilter{Scope: store.Everything(), ApplicationIDs: []string{a.ID}}, store.Page{Limit: 1})
			if err != nil {
				return err
			}
			p.Users[a.ID] = users.Total
		}
		p.places, err = placesOf(tx, suites, projects)
		return err
	})
	if err != nil {
		c.failed(w, r, err)
		return
	}
	c.show(w, r, http.StatusOK, "applications", "Applications", p)
}

// member is a user of an application.
type member struct {
	store.User
	// SwitchedOn is the assignment's toggle.
	SwitchedOn bool
}

// SignsIn reports whether the user may use the application now, and why not.
func (m member) SignsIn() string {
	switch {
	case !m.Enabled:
		return "no: the user is disabled"
	case !m.SwitchedOn:
		return "no: disabled for this application"
	}
	return "yes"
}

type applicationPage struct {
	store.Application
	places
	Members []member
	// Total counts all members, Next is where the next page begins, 0 on the
	// last one.
	Total int
	Next  int64
	Begun bool
	// Overlap reports whether the previous secret is still good.
	Overlap bool
	Rows    []row
}

func (c *Console) application(w http.ResponseWriter, r *http.Request) {
	p := applicationPage{Begun: from(r).After > 0}
	err := c.config.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		if p.Application, err = tx.Application(chi.URLParam(r, "id")); err != nil {
			return err
		}
		if p.places, err = placesOf(tx, map[string]bool{p.SuiteID: true}, map[string]bool{p.ProjectID: true}); err != nil {
			return err
		}
		assigned, err := tx.Assignments(store.AssignmentFilter{Scope: store.Everything(), ApplicationIDs: []string{p.ID}}, from(r))
		if err != nil {
			return err
		}
		p.Total, p.Next = assigned.Total, assigned.Next
		p.Members, err = membersOf(tx, assigned.Items)
		return err
	})
	if err != nil {
		c.failed(w, r, err)
		return
	}
	p.Overlap = c.config.Clock.Now().Before(p.PreviousSecretExpiresAt)
	own := c.config.Feed.Newest(0, 10, filter{Application: &p.Application}.keep)
	if p.Rows, err = c.rows(r.Context(), root(r), own.Entries); err != nil {
		c.failed(w, r, err)
		return
	}
	c.show(w, r, http.StatusOK, "application", p.Name, p)
}

func membersOf(tx *store.Tx, assigned []store.Assignment) ([]member, error) {
	ids := make([]string, len(assigned))
	for i, a := range assigned {
		ids[i] = a.UserID
	}
	users, err := tx.UsersByID(ids)
	if err != nil {
		return nil, err
	}
	members := make([]member, 0, len(assigned))
	for _, a := range assigned {
		members = append(members, member{User: users[a.UserID], SwitchedOn: a.Enabled})
	}
	return members, nil
}

type usersPage struct {
	store.List[store.User]
	places
	Begun bool
}

func (c *Console) users(w http.ResponseWriter, r *http.Request) {
	p := usersPage{Begun: from(r).After > 0}
	err := c.config.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		if p.List, err = tx.Users(store.UserFilter{Scope: store.Everything()}, from(r)); err != nil {
			return err
		}
		suites, projects := map[string]bool{}, map[string]bool{}
		for _, u := range p.Items {
			suites[u.SuiteID], projects[u.ProjectID] = true, true
		}
		p.places, err = placesOf(tx, suites, projects)
		return err
	})
	if err != nil {
		c.failed(w, r, err)
		return
	}
	c.show(w, r, http.StatusOK, "users", "Users", p)
}
