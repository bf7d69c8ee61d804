package atm

import (
	"context"
	"iter"
	"net/http"
	"time"
)

func (u User) id() string         { return u.Id }
func (u User) etag() string       { return u.Etag }
func (u User) created() time.Time { return u.CreatedAt }
func (u User) members() map[string]string {
	return map[string]string{"email": u.Email, "suiteId": u.SuiteId, "projectId": u.ProjectId}
}

// User reads one user. One that does not exist, or that the caller may not see, is an error that [IsNotFound] knows.
func (c *Client) User(ctx context.Context, id string) (*User, error) {
	return c.users.One(ctx, id, nil)
}

// CreateUser creates a user under the Idempotency-Key. Once ATM may have acted, it is repeated until ctx ends; see
// [UnknownOutcomeError].
func (c *Client) CreateUser(ctx context.Context, key string, user UserCreate) (*User, error) {
	return c.users.create(ctx, key, user, deref(user.Password))
}

// UpdateUser changes what patch names, if the user is still as etag says; without an etag, as a fresh read says.
func (c *Client) UpdateUser(ctx context.Context, id, etag string, patch UserPatch) (*User, error) {
	c.loaders.users.Wrote(id)
	return c.users.update(ctx, id, etag, patch)
}

// DeleteUser deletes the user, if it is still as etag says; without an etag, as a fresh read says. One that is not found
// is an error that [IsNotFound] knows, unless an earlier attempt of this call may have deleted it.
func (c *Client) DeleteUser(ctx context.Context, id, etag string) error {
	c.loaders.users.Wrote(id)
	return c.users.delete(ctx, id, etag)
}

// Users reads all users that the filters of params select, with any number of ids; an empty list of ids selects none.
func (c *Client) Users(ctx context.Context, params ListUsersParams) ([]User, error) {
	return c.users.all(params.Ids, func(ids *[]string) iter.Seq2[*User, error] {
		params.Ids = ids
		return c.EachUser(ctx, params, 0)
	})
}

// EachUser reads the users that the filters of params select page by page, as they are taken: at most as many as most
// says, or all where it is 0.
func (c *Client) EachUser(ctx context.Context, params ListUsersParams, most int) iter.Seq2[*User, error] {
	return c.users.each(ctx, most, func(cursor *string, limit int) any {
		params.Cursor, params.Limit = cursor, &limit
		return params
	})
}

// UserWithEmail finds a user by email address, compared without regard to case. The error is a [*NoSuchError] where
// there is none.
func (c *Client) UserWithEmail(ctx context.Context, email string) (*User, error) {
	return c.users.find(ctx, ListUsersParams{Email: &email}, email)
}

// SetPassword replaces the user's password; only a super admin may.
func (c *Client) SetPassword(ctx context.Context, id, key, password string) error {
	r := newRequest("reset password", http.MethodPost, c.users.path, id, "password").withStatus(http.StatusNoContent).
		withKey(key).withJSON(typeJSON, PasswordReset{Password: password})
	r.secrets = []string{password}
	_, _, err := c.send(ctx, r)
	return err
}
