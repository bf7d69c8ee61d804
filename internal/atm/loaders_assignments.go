package atm

import (
	"context"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/batch"
	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// assignmentSource reads assignments for the batch loader. Its scope is an assignment of which one side, or both, may
// be any: that is how the listing can be narrowed, since the state of an assignment has no suite.
type assignmentSource struct{ client *Client }

// One implements [batch.Source].
func (s assignmentSource) One(ctx context.Context, key assignment, progress func(error)) (*ApplicationUser, error) {
	return s.client.readAssignment(ctx, key, progress)
}

// Many implements [batch.Source].
func (s assignmentSource) Many(ctx context.Context, keys []assignment, progress func(error)) ([]*ApplicationUser, error) {
	applications, users := sides(keys)
	list, err := s.page(ctx, applications, users, "", progress)
	return list.Items, err
}

// Page implements [batch.Source].
func (s assignmentSource) Page(ctx context.Context, scope assignment, cursor string, progress func(error)) (batch.Page[*ApplicationUser], error) {
	return s.page(ctx, oneOrAll(scope.applicationID), oneOrAll(scope.userID), cursor, progress)
}

func (s assignmentSource) page(ctx context.Context, applications, users []string, cursor string, progress func(error)) (batch.Page[*ApplicationUser], error) {
	limit := validation.MaxPageSize
	return bulkPage(s.client.listAssignments(ctx, ListApplicationUsersParams{
		ApplicationIds: filterIDs(applications), UserIds: filterIDs(users), Cursor: filter(cursor), Limit: &limit,
	}, progress))
}

// Refused implements [batch.Source].
func (assignmentSource) Refused(err error) bool { return refusedIDs(err) }

// Chunks implements [batch.Source].
func (assignmentSource) Chunks(keys []assignment) [][]assignment { return assignmentChunks(keys) }

// Key implements [batch.Source].
func (assignmentSource) Key(of *ApplicationUser) assignment {
	return assignment{of.ApplicationId, of.UserId}
}

// Common implements [batch.Source].
func (assignmentSource) Common(a, b assignment) assignment {
	if a.applicationID != b.applicationID {
		a.applicationID = ""
	}
	if a.userID != b.userID {
		a.userID = ""
	}
	return a
}

// assignmentChunks divides assignments so that each chunk's response fits one page: ATM returns every assignment that
// joins any of the applications with any of the users.
func assignmentChunks(keys []assignment) [][]assignment {
	var chunks [][]assignment
	applications, users := map[string]struct{}{}, map[string]struct{}{}
	begin := 0
	for i, key := range keys {
		applications[key.applicationID], users[key.userID] = struct{}{}, struct{}{}
		if len(applications)+len(users) > validation.MaxIDs || len(applications)*len(users) > validation.MaxPageSize {
			chunks = append(chunks, keys[begin:i])
			begin = i
			applications, users = map[string]struct{}{key.applicationID: {}}, map[string]struct{}{key.userID: {}}
		}
	}
	return append(chunks, keys[begin:])
}

func sides(keys []assignment) (applications, users []string) {
	seenApplication, seenUser := map[string]bool{}, map[string]bool{}
	for _, key := range keys {
		if !seenApplication[key.applicationID] {
			seenApplication[key.applicationID] = true
			applications = append(applications, key.applicationID)
		}
		if !seenUser[key.userID] {
			seenUser[key.userID] = true
			users = append(users, key.userID)
		}
	}
	return applications, users
}

func oneOrAll(id string) []string {
	if id == "" {
		return nil
	}
	return []string{id}
}
