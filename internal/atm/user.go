package atm

import (
	"context"
	"iter"
	"net/http"
)

// User reads one user. A user that is not there, or that the caller may
// not see, is an error that [IsNotFound] knows.
func (c *Client) User(ctx context.Context, id string) (*User, error) {
	return fetch[User](ctx, c, "read user", func(server string) (*http.Request, error) {
		return NewGetUserRequest(server, id)
	})
}

// CreateUser creates a user under the Idempotency-Key. It goes on until ctx
// ends once ATM may have acted; see [UnknownOutcomeError].
func (c *Client) CreateUser(ctx context.Context, key string, user UserCreate) (*User, error) {
	return create[User](ctx, c, "create user", key, func(server string) (*http.Request, error) {
		return NewCreateUserRequest(server, &CreateUserParams{IdempotencyKey: &key}, user)
	})
}

// UpdateUser changes what patch names, if the user is still as etag says;
// without an etag, as a fresh read says.
func (c *Client) UpdateUser(ctx context.Context, id, etag string, patch UserPatch) (*User, error) {
	c.readers.users.Wrote(id)
	etag, err := c.userEtag(ctx, id, etag)
	if err != nil {
		return nil, err
	}
	return update(ctx, c, "update user", patch, func(server string) (*http.Request, error) {
		return NewUpdateUserRequestWithApplicationMergePatchPlusJSONBody(server, id, &UpdateUserParams{IfMatch: &etag}, patch)
	}, func(ctx context.Context) (*User, error) { return c.User(ctx, id) })
}

// DeleteUser deletes the user, if it is still as etag says. One that is
// gone already is no error.
func (c *Client) DeleteUser(ctx context.Context, id, etag string) error {
	c.readers.users.Wrote(id)
	etag, err := c.userEtag(ctx, id, etag)
	if err != nil {
		return gone(err)
	}
	return remove(ctx, c, "delete user", func(server string) (*http.Request, error) {
		return NewDeleteUserRequest(server, id, &DeleteUserParams{IfMatch: &etag})
	})
}

// SetPassword replaces the user's password; a super admin alone may.
func (c *Client) SetPassword(ctx context.Context, id, key, password string) error {
	_, err := c.call(ctx, operation{name: "set password"}, func(server string) (*http.Request, error) {
		return NewResetUserPasswordRequest(server, id, &ResetUserPasswordParams{IdempotencyKey: &key}, PasswordReset{Password: password})
	})
	return err
}

// UserWithEmail finds a user by e-mail, compared without regard to case.
func (c *Client) UserWithEmail(ctx context.Context, email string) (*User, error) {
	page, err := fetch[UserList](ctx, c, "find user", func(server string) (*http.Request, error) {
		return NewListUsersRequest(server, &ListUsersParams{Email: &email})
	})
	if err != nil {
		return nil, err
	}
	return only(page.Items, "user", email)
}

func (c *Client) userEtag(ctx context.Context, id, etag string) (string, error) {
	return etagOr(etag, func() (*User, error) { return c.User(ctx, id) }, func(s *User) string { return s.Etag })
}

// Users reads all users that the filters of params select,
// with any number of ids; an empty list of ids selects none.
func (c *Client) Users(ctx context.Context, params ListUsersParams) ([]User, error) {
	return byIDs(params.Ids, func(ids *[]string) ([]User, error) {
		params.Ids = ids
		return collect(c.EachUser(ctx, params, 0))
	}, func(a, b User) int { return a.CreatedAt.Compare(b.CreatedAt) })
}

// EachUser reads the users that the filters of params select page by page, as
// they are taken: at most as many as most says, or all where it is 0.
func (c *Client) EachUser(ctx context.Context, params ListUsersParams, most int) iter.Seq2[*User, error] {
	return each(most, func(cursor *string, size *int) (*UserList, error) {
		params.Cursor, params.Limit = cursor, size
		return fetch[UserList](ctx, c, "list users", func(server string) (*http.Request, error) {
			return NewListUsersRequest(server, &params)
		})
	}, func(l *UserList) ([]User, NextCursorOf) { return l.Items, l.NextCursor })
}
