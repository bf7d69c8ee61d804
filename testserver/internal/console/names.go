package console

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// row is a request as people read it: with names instead of ids.
type row struct {
	Entry
	Root string
	// Application is the one that the request came from, by what it proved or,
	// where Claimed, only by what it said. Nil where there is none.
	Application *store.Application
	Claimed     bool
	// User is nil where none had a part in it, or it is gone.
	User *store.User
	// Why says why it was refused, empty where it was not.
	Why string
}

// What says what was asked for.
func (r row) What() string {
	if r.Endpoint != oauth.EndpointToken {
		return words(r.Endpoint)
	}
	switch r.GrantType {
	case "":
		return "Token"
	case "authorization_code":
		return "Authorization code"
	}
	return words(r.GrantType)
}

// How says how the application authenticated, empty where it did not.
func (r row) How() string {
	switch r.Method {
	case oauth.MethodSecret:
		return "client secret"
	case oauth.MethodNone:
		return "public client"
	case oauth.MethodIDToken:
		return "id token"
	case oauth.MethodFederated:
		return "federated credential " + r.Credential
	case oauth.MethodKey:
		return strings.TrimSpace("private key " + r.Credential)
	}
	return ""
}

// rows finds the names that belong to requests.
func (c *Console) rows(ctx context.Context, root string, entries []Entry) ([]row, error) {
	rows := make([]row, len(entries))
	err := c.config.Store.Read(ctx, func(tx *store.Tx) error {
		known := names{tx: tx, byClientID: map[string]*store.Application{}}
		if err := known.read(entries); err != nil {
			return err
		}
		for i, e := range entries {
			rows[i] = row{Entry: e, Root: root}
			if !e.OK() {
				rows[i].Why = cmp.Or(e.Description, explain(e.Reason))
			}
			if u, ok := known.users[e.UserID]; ok {
				rows[i].User = &u
			}
			if a, ok := known.applications[e.ApplicationID]; ok {
				rows[i].Application = &a
				continue
			}
			a, err := known.claimed(e.ClientID)
			if err != nil {
				return err
			}
			rows[i].Application, rows[i].Claimed = a, a != nil
		}
		return nil
	})
	return rows, err
}

// names are those of one page.
type names struct {
	tx           *store.Tx
	applications map[string]store.Application
	users        map[string]store.User
	byClientID   map[string]*store.Application
}

func (n *names) read(entries []Entry) (err error) {
	var applicationIDs, userIDs []string
	seen := map[string]bool{"": true}
	for _, e := range entries {
		if !seen[e.ApplicationID] {
			seen[e.ApplicationID] = true
			applicationIDs = append(applicationIDs, e.ApplicationID)
		}
		if !seen[e.UserID] {
			seen[e.UserID] = true
			userIDs = append(userIDs, e.UserID)
		}
	}
	if n.applications, err = applicationsByID(n.tx, applicationIDs); err != nil {
		return err
	}
	n.users, err = n.tx.UsersByID(userIDs)
	return err
}

// claimed finds the application that a request said it came from.
func (n *names) claimed(clientID string) (*store.Application, error) {
	if clientID == "" {
		return nil, nil
	}
	if a, looked := n.byClientID[clientID]; looked {
		return a, nil
	}
	a, err := n.tx.ApplicationByClientID(clientID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		n.byClientID[clientID] = nil
	case err != nil:
		return nil, err
	default:
		n.byClientID[clientID] = &a
	}
	return n.byClientID[clientID], nil
}

func applicationsByID(tx *store.Tx, ids []string) (map[string]store.Application, error) {
	found := make(map[string]store.Application, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	page, err := tx.Applications(store.ApplicationFilter{Scope: store.Everything(), IDs: ids}, store.Page{Limit: len(ids)})
	for _, a := range page.Items {
		found[a.ID] = a
	}
	return found, err
}

// places are the names of suites and projects by their ids.
type places struct{ suites, projects map[string]string }

// placesOf reads the suites and projects that objects are in.
func placesOf(tx *store.Tx, suiteIDs, projectIDs map[string]bool) (places, error) {
	p := places{suites: map[string]string{}, projects: map[string]string{}}
	if len(suiteIDs) == 0 {
		return p, nil
	}
	suites, err := tx.Suites(store.SuiteFilter{Scope: store.Everything(), IDs: keysOf(suiteIDs)}, store.Page{Limit: len(suiteIDs)})
	if err != nil {
		return p, err
	}
	for _, s := range suites.Items {
		p.suites[s.ID] = s.Name
	}
	projects, err := tx.Projects(store.ProjectFilter{Scope: store.Everything(), IDs: keysOf(projectIDs)}, store.Page{Limit: len(projectIDs)})
	for _, s := range projects.Items {
		p.projects[s.ID] = s.Name
	}
	return p, err
}

func keysOf(set map[string]bool) []string {
	keys := make([]string, 0, len(set))
	for k := range set {
		keys = append(keys, k)
	}
	return keys
}
