package applicationuser

import (
	"context"
	"iter"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// namedAssignment is an assignment with the application's name and the user's
// email address; each is the id where the caller may not see its object.
type namedAssignment struct {
	*atm.ApplicationUser
	application, user string
}

// directory finds the names that assignments lack, many with a request.
type directory struct {
	client              *atm.Client
	applications, users map[string]string // names by id
}

// namedTogether is of how many assignments the names are asked for at once:
// Terraform's own limit of a list, and no more ids than one request takes.
const namedTogether = 100

func (d *directory) each(ctx context.Context, assignments iter.Seq2[*atm.ApplicationUser, error]) iter.Seq2[*namedAssignment, error] {
	return func(yield func(*namedAssignment, error) bool) {
		var waiting []*atm.ApplicationUser
		for assignment, err := range assignments {
			if err != nil {
				if d.pass(ctx, waiting, yield) {
					yield(nil, err)
				}
				return
			}
			if waiting = append(waiting, assignment); len(waiting) == namedTogether {
				if !d.pass(ctx, waiting, yield) {
					return
				}
				waiting = nil
			}
		}
		d.pass(ctx, waiting, yield)
	}
}

// pass hands on assignments with their names, and reports whether to go on.
func (d *directory) pass(ctx context.Context, assignments []*atm.ApplicationUser, yield func(*namedAssignment, error) bool) bool {
	if err := d.learn(ctx, assignments); err != nil {
		yield(nil, err)
		return false
	}
	for _, assignment := range assignments {
		if !yield(&namedAssignment{assignment, d.applications[assignment.ApplicationId], d.users[assignment.UserId]}, nil) {
			return false
		}
	}
	return true
}

func (d *directory) learn(ctx context.Context, assignments []*atm.ApplicationUser) error {
	var applications, users []string
	for _, assignment := range assignments {
		applications = missing(d.applications, applications, assignment.ApplicationId)
		users = missing(d.users, users, assignment.UserId)
	}
	if len(applications) > 0 {
		found, err := d.client.Applications(ctx, atm.ListApplicationsParams{Ids: &applications})
		if err != nil {
			return err
		}
		for _, application := range found {
			d.applications[application.Id] = application.Name
		}
	}
	if len(users) > 0 {
		found, err := d.client.Users(ctx, atm.ListUsersParams{Ids: &users})
		if err != nil {
			return err
		}
		for _, user := range found {
			d.users[user.Id] = user.Email
		}
	}
	return nil
}

// missing appends an id that has no name yet, and lets it be its own until
// then.
func missing(names map[string]string, ids []string, id string) []string {
	if _, known := names[id]; known {
		return ids
	}
	names[id] = id
	return append(ids, id)
}
