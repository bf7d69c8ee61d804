package management

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// maxNamed bounds the names in the detail of a 409 not-empty.
const maxNamed = 5

// notEmpty says what a suite or project contains that could not be deleted, as
// far as the caller may see it. projectID is empty for a suite. It asks the
// store again, outside of the transaction that has ended.
func (s *server) notEmpty(ctx context.Context, what store.ObjectType, suiteID, projectID string, err error) error {
	if !errors.Is(err, store.ErrNotEmpty) {
		return err
	}
	var kinds []contained
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		kinds, err = contents(tx, callerFrom(ctx).scope(), suiteID, projectID)
		return err
	})
	if err != nil {
		return fmt.Errorf("read what the %s contains: %w", what, err)
	}
	return problem.NotEmpty(string(what), sentenceOf(kinds))
}

// contained are the objects of one kind: how many, and the names of the first.
type contained struct {
	kind  string
	total int
	names []string
}

func contents(tx *store.Tx, scope store.Scope, suiteID, projectID string) ([]contained, error) {
	var out []contained
	page := store.Page{Limit: maxNamed}
	if projectID == "" {
		projects, err := tx.Projects(store.ProjectFilter{Scope: scope, SuiteID: suiteID}, page)
		if err != nil {
			return nil, err
		}
		out = append(out, contained{"project", projects.Total, each(projects.Items, func(p store.Project) string { return p.Name })})
	}
	applications, err := tx.Applications(store.ApplicationFilter{Scope: scope, SuiteID: suiteID, ProjectID: projectID}, page)
	if err != nil {
		return nil, err
	}
	out = append(out, contained{"application", applications.Total,
		each(applications.Items, func(a store.Application) string { return a.Name })})
	users, err := tx.Users(store.UserFilter{Scope: scope, SuiteID: suiteID, ProjectID: projectID}, page)
	if err != nil {
		return nil, err
	}
	return append(out, contained{"user", users.Total, each(users.Items, func(u store.User) string { return u.Email })}), nil
}

// sentenceOf lists what there is: "2 projects (a, b) and 12 applications (c, d,
// e and others)". It names maxNamed objects in all.
func sentenceOf(kinds []contained) string {
	var parts []string
	left := maxNamed
	for _, k := range kinds {
		if k.total == 0 {
			continue
		}
		part := fmt.Sprintf("%d %s", k.total, k.kind)
		if k.total > 1 {
			part += "s"
		}
		if names := k.names[:min(left, len(k.names))]; len(names) > 0 {
			left -= len(names)
			part += " (" + strings.Join(names, ", ")
			if len(names) < k.total {
				part += " and others"
			}
			part += ")"
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return "other objects"
	}
	if last := len(parts) - 1; last > 0 {
		return strings.Join(parts[:last], ", ") + " and " + parts[last]
	}
	return parts[0]
}
