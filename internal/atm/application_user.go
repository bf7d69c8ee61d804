package atm

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// ApplicationUser reads one assignment of a user to an application.
func (c *Client) ApplicationUser(ctx context.Context, applicationID, userID string) (*ApplicationUser, error) {
	return c.readAssignment(ctx, assignment{applicationID, userID}, nil)
}

func (c *Client) readAssignment(ctx context.Context, key assignment, progress func(error)) (*ApplicationUser, error) {
	r := key.request("read application user", http.MethodGet).withProgress(progress)
	return do(ctx, c, r, key.check)
}

// AssignUser creates an assignment under the Idempotency-Key and refuses one that exists ([ProblemAlreadyAssigned]).
// Once ATM may have acted, it is repeated until ctx ends; see [UnknownOutcomeError].
func (c *Client) AssignUser(ctx context.Context, applicationID, userID, key string, put ApplicationUserPut) (*ApplicationUser, error) {
	id := assignment{applicationID, userID}
	c.loaders.assignments.Wrote(id)
	r := id.request("create application user", http.MethodPut).withStatus(http.StatusCreated).
		withHeader("If-None-Match", "*").withJSON(typeJSON, put)
	return create(ctx, c, key, r, id.check)
}

// UpdateApplicationUser changes the assignment, if it is still as etag says; without an etag, as a fresh read says.
func (c *Client) UpdateApplicationUser(ctx context.Context, applicationID, userID, etag string, put ApplicationUserPut) (*ApplicationUser, error) {
	id := assignment{applicationID, userID}
	c.loaders.assignments.Wrote(id)
	etag, err := c.assignmentEtag(ctx, id, etag)
	if err != nil {
		return nil, err
	}
	r := id.request("update application user", http.MethodPut).withHeader("If-Match", etag).withJSON(typeJSON, put)
	return update(ctx, c, r, put, func(ctx context.Context) (*ApplicationUser, error) {
		return c.readAssignment(ctx, id, nil)
	}, id.check)
}

// UnassignUser removes the assignment, if it is still as etag says; without an etag, as a fresh read says. One that is
// not found is an error that [IsNotFound] knows, unless an earlier attempt of this call may have removed it.
func (c *Client) UnassignUser(ctx context.Context, applicationID, userID, etag string) error {
	id := assignment{applicationID, userID}
	c.loaders.assignments.Wrote(id)
	etag, err := c.assignmentEtag(ctx, id, etag)
	if err != nil {
		return err
	}
	return remove(ctx, c, id.request("delete application user", http.MethodDelete).withHeader("If-Match", etag))
}

func (c *Client) assignmentEtag(ctx context.Context, id assignment, etag string) (string, error) {
	if etag != "" {
		return etag, nil
	}
	now, err := c.readAssignment(ctx, id, nil)
	if err != nil {
		return "", err
	}
	return now.Etag, nil
}

func (a assignment) request(name, method string) *request {
	return newRequest(name, method, "/api/v1/applications", a.applicationID, "users", a.userID)
}

// check refuses the body of another assignment.
func (a assignment) check(got *ApplicationUser) error {
	if got.ApplicationId != a.applicationID || got.UserId != a.userID {
		return errors.New("the body is another assignment's: its ids are not the requested ones")
	}
	return nil
}

func (c *Client) listAssignments(ctx context.Context, params ListApplicationUsersParams, progress func(error)) (*page[ApplicationUser], error) {
	r := newRequest("list application users", http.MethodGet, "/api/v1/application-users").withQuery(params).withProgress(progress)
	return do(ctx, c, r, func(list *page[ApplicationUser]) error {
		for _, item := range list.Items {
			if !selects(r, "applicationIds", item.ApplicationId) || !selects(r, "userIds", item.UserId) {
				return errors.New("the list has an item that its filters exclude")
			}
		}
		return nil
	})
}

// selects reports whether a filter of the request by a list of ids, if there is one, has the id.
func selects(r *request, filter, id string) bool {
	return !r.query.Has(filter) || slices.Contains(strings.Split(r.query.Get(filter), ","), id)
}

// ChangeApplicationUsers sets and removes up to [validation.MaxApplicationUsers] assignments, all or nothing, once for all attempts under the
// key. With an etag (or null) on each item, one that has changed since refuses the whole ([IsStale]). A change that
// creates assignments, as an item with a null etag does, is repeated until ctx ends once ATM may have acted; see
// [UnknownOutcomeError].
func (c *Client) ChangeApplicationUsers(ctx context.Context, applicationID, key string, patch ApplicationUsersPatch) ([]ApplicationUser, error) {
	c.wroteAssignments(applicationID, patch)
	r := newRequest("change application users", http.MethodPatch, c.applications.path, applicationID, "users").
		withJSON(typeJSON, patch)
	got, err := create(ctx, c, key, r, func(items *ApplicationUserItems) error {
		for _, item := range items.Items {
			if item.ApplicationId != applicationID {
				return errors.New("the body has another application's assignments")
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return got.Items, nil
}

func (c *Client) wroteAssignments(applicationID string, patch ApplicationUsersPatch) {
	for _, item := range deref(patch.Set) {
		c.loaders.assignments.Wrote(assignment{applicationID, item.UserId})
	}
	for _, item := range deref(patch.Remove) {
		c.loaders.assignments.Wrote(assignment{applicationID, item.UserId})
	}
}

// UnassignAllUsers removes every assignment of an application, in as few requests as ATM allows.
func (c *Client) UnassignAllUsers(ctx context.Context, applicationID string) error {
	assigned, err := c.ApplicationUsers(ctx, ListApplicationUsersParams{ApplicationIds: &[]string{applicationID}})
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(assigned, validation.MaxApplicationUsers) {
		remove := make([]ApplicationUserRemove, 0, len(chunk))
		for _, user := range chunk {
			remove = append(remove, ApplicationUserRemove{UserId: user.UserId})
		}
		if _, err := c.ChangeApplicationUsers(ctx, applicationID, NewIdempotencyKey(), ApplicationUsersPatch{Remove: &remove}); err != nil {
			return err
		}
	}
	return nil
}

// deref returns what the pointer points to, or the zero value.
func deref[T any](value *T) T {
	if value == nil {
		var zero T
		return zero
	}
	return *value
}
