package atm

import (
	"context"
	"net/http"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/bulk"
)

// assignmentSource reads assignments. Its scope is an assignment of which one side, or both, may be any: that is how
// the listing can be narrowed, since the state of an assignment knows no suite.
func (c *Client) assignmentSource() bulk.Source[assignment, assignment, *ApplicationUser] {
	return bulk.Source[assignment, assignment, *ApplicationUser]{
		One: func(ctx context.Context, key assignment) (*ApplicationUser, error) {
			return c.ApplicationUser(ctx, key.applicationID, key.userID)
		},
		Many: func(ctx context.Context, keys []assignment) ([]*ApplicationUser, error) {
			applications, users := sides(keys)
			page, err := c.assignmentsPage(ctx, applications, users, "")
			return page.Items, err
		},
		Refused: refused,
		Chunks:  assignmentChunks,
		Page: func(ctx context.Context, scope assignment, cursor string) (bulk.Page[*ApplicationUser], error) {
			return c.assignmentsPage(ctx, oneOrAll(scope.applicationID), oneOrAll(scope.userID), cursor)
		},
		Key: func(a *ApplicationUser) assignment { return assignment{a.ApplicationId, a.UserId} },
		Common: func(a, b assignment) assignment {
			if a.applicationID != b.applicationID {
				a.applicationID = ""
			}
			if a.userID != b.userID {
				a.userID = ""
			}
			return a
		},
	}
}

func (c *Client) assignmentsPage(ctx context.Context, applications, users []string, cursor string) (bulk.Page[*ApplicationUser], error) {
	answer, err := fetch[ApplicationUserList](ctx, c, "list application users", func(server string) (*http.Request, error) {
		return NewListApplicationUsersRequest(server, &ListApplicationUsersParams{
			ApplicationIds: filterIDs(applications), UserIds: filterIDs(users), Cursor: filter(cursor), Limit: pageSize(),
		})
	})
	return pageOf(answer, err, func(l *ApplicationUserList) ([]ApplicationUser, NextCursorOf, int) {
		return l.Items, l.NextCursor, l.Total
	})
}

// assignmentChunks divides assignments so that each chunk's answer fits one page: ATM answers whatever joins any of
// the applications with any of the users.
func assignmentChunks(keys []assignment) [][]assignment {
	var chunks [][]assignment
	applications, users := map[string]struct{}{}, map[string]struct{}{}
	begin := 0
	for i, key := range keys {
		applications[key.applicationID], users[key.userID] = struct{}{}, struct{}{}
		if len(applications)+len(users) > maxIDs || len(applications)*len(users) > *pageSize() {
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
