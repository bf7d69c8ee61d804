package atm

import (
	"context"
	"errors"
	"net/http"
	"slices"
)

// ApplicationUser reads one assignment of a user to an application.
func (c *Client) ApplicationUser(ctx context.Context, applicationID, userID string) (*ApplicationUser, error) {
	return fetch[ApplicationUser](ctx, c, "read application user", func(server string) (*http.Request, error) {
		return NewGetApplicationUserRequest(server, applicationID, userID)
	})
}

// AssignUser creates an assignment and refuses one that exists
// ([ProblemAlreadyAssigned]). The pair of ids is its own idempotency key: when
// an attempt's answer was lost and the next finds the assignment as asked for,
// it is ours. The key in an [*UnknownOutcomeError] is empty.
func (c *Client) AssignUser(ctx context.Context, applicationID, userID string, put ApplicationUserPut) (*ApplicationUser, error) {
	c.readers.assignments.Wrote(assignment{applicationID, userID})
	createOnly := PutApplicationUserParamsIfNoneMatch("*")
	got, err := c.call(ctx, operation{name: "create application user", repeat: repeatUntilKnown}, func(server string) (*http.Request, error) {
		return NewPutApplicationUserRequest(server, applicationID, userID, &PutApplicationUserParams{IfNoneMatch: &createOnly}, put)
	})
	if err == nil {
		return decode[ApplicationUser](got)
	}
	if got == nil || !got.trail.ambiguous {
		return nil, err
	}
	if IsProblem(err, ProblemAlreadyAssigned) {
		now, readErr := c.ApplicationUser(ctx, applicationID, userID)
		if readErr != nil {
			return nil, errors.Join(err, readErr)
		}
		if same, compareErr := holds(now, put); compareErr != nil || !same {
			return nil, errors.Join(err, compareErr)
		}
		return now, nil
	}
	if !conclusive(err) {
		return nil, &UnknownOutcomeError{Err: err}
	}
	return nil, err
}

// UpdateApplicationUser changes the assignment, if it is still as etag says;
// without an etag, as a fresh read says.
func (c *Client) UpdateApplicationUser(ctx context.Context, applicationID, userID, etag string, put ApplicationUserPut) (*ApplicationUser, error) {
	c.readers.assignments.Wrote(assignment{applicationID, userID})
	read := func(ctx context.Context) (*ApplicationUser, error) {
		return c.ApplicationUser(ctx, applicationID, userID)
	}
	etag, err := c.applicationUserEtag(ctx, applicationID, userID, etag)
	if err != nil {
		return nil, err
	}
	return update(ctx, c, "update application user", put, func(server string) (*http.Request, error) {
		return NewPutApplicationUserRequest(server, applicationID, userID, &PutApplicationUserParams{IfMatch: &etag}, put)
	}, read)
}

// UnassignUser removes the assignment, if it is still as etag says. One that
// is gone already is no error.
func (c *Client) UnassignUser(ctx context.Context, applicationID, userID, etag string) error {
	c.readers.assignments.Wrote(assignment{applicationID, userID})
	etag, err := c.applicationUserEtag(ctx, applicationID, userID, etag)
	if err != nil {
		return gone(err)
	}
	return remove(ctx, c, "delete application user", func(server string) (*http.Request, error) {
		return NewDeleteApplicationUserRequest(server, applicationID, userID, &DeleteApplicationUserParams{IfMatch: &etag})
	})
}

// ChangeApplicationUsers sets and removes up to [MaxBulk] assignments, all or
// nothing. With an etag (or null) on each item it is safe to repeat; one that
// has changed since refuses the whole ([IsStale]). What makes assignments, as
// an item with a null etag does, goes on until ctx ends once ATM may have
// acted. When no answer tells whether it has, the error is an
// [*UnknownOutcomeError] without a key.
func (c *Client) ChangeApplicationUsers(ctx context.Context, applicationID string, patch ApplicationUsersPatch) ([]ApplicationUser, error) {
	c.wroteAssignments(applicationID, patch)
	op := operation{name: "change application users"}
	if makes(patch) {
		op.repeat = repeatUntilKnown
	}
	got, err := c.call(ctx, op, func(server string) (*http.Request, error) {
		return NewUpdateApplicationUsersRequest(server, applicationID, patch)
	})
	if err != nil {
		if got != nil && got.trail.ambiguous && !conclusive(err) && !IsStale(err) {
			return nil, &UnknownOutcomeError{Err: err}
		}
		return nil, err
	}
	items, err := decode[ApplicationUserItems](got)
	if err != nil {
		return nil, err
	}
	return items.Items, nil
}

func makes(patch ApplicationUsersPatch) bool {
	return patch.Set != nil && slices.ContainsFunc(*patch.Set, func(item ApplicationUserSet) bool { return item.Etag.IsNull() })
}

func (c *Client) wroteAssignments(applicationID string, patch ApplicationUsersPatch) {
	if patch.Set != nil {
		for _, item := range *patch.Set {
			c.readers.assignments.Wrote(assignment{applicationID, item.UserId})
		}
	}
	if patch.Remove != nil {
		for _, item := range *patch.Remove {
			c.readers.assignments.Wrote(assignment{applicationID, item.UserId})
		}
	}
}

func (c *Client) applicationUserEtag(ctx context.Context, applicationID, userID, etag string) (string, error) {
	return etagOr(etag, func() (*ApplicationUser, error) { return c.ApplicationUser(ctx, applicationID, userID) },
		func(a *ApplicationUser) string { return a.Etag })
}

// UnassignAllUsers removes every assignment of an application, in as few
// requests as ATM allows.
func (c *Client) UnassignAllUsers(ctx context.Context, applicationID string) error {
	ids := []string{applicationID}
	assigned, err := c.ApplicationUsers(ctx, ListApplicationUsersParams{ApplicationIds: &ids})
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(assigned, MaxBulk) {
		remove := make([]ApplicationUserRemove, 0, len(chunk))
		for _, user := range chunk {
			remove = append(remove, ApplicationUserRemove{UserId: user.UserId})
		}
		if _, err := c.ChangeApplicationUsers(ctx, applicationID, ApplicationUsersPatch{Remove: &remove}); err != nil {
			return err
		}
	}
	return nil
}

// MaxBulk is how many items one bulk change takes.
const MaxBulk = 500
