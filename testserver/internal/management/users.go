package management

import (
	"context"
	"net/http"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/api"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

const (
	opCreateUser    = "createUser"
	opResetPassword = "resetUserPassword"
)

func userBody(u store.User) api.User {
	return api.User{
		Id: u.ID, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Role: api.Role(u.Role),
		SuiteId: u.SuiteID, ProjectId: u.ProjectID, Enabled: u.Enabled,
		Etag: u.ETag, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt,
	}
}

// ListUsers lists the users that the caller sees.
func (s *server) ListUsers(ctx context.Context, p api.ListUsersParams) (api.Response, error) {
	l := listingOf("users", p.Email, p.SuiteId, p.ProjectId, p.Ids)
	filter := store.UserFilter{
		Scope: callerFrom(ctx).scope(), Email: or(p.Email, ""), SuiteID: or(p.SuiteId, ""),
		ProjectID: or(p.ProjectId, ""), IDs: or(p.Ids, nil),
	}
	found, next, err := pageOf(ctx, s, l, p.Limit, p.Cursor, (*store.Tx).Users, filter)
	if err != nil {
		return nil, err
	}
	return document(http.StatusOK, api.UserList{Items: each(found.Items, userBody), NextCursor: next, Total: found.Total})
}

// CreateUser makes a user.
func (s *server) CreateUser(ctx context.Context, p api.CreateUserParams, body api.UserCreate) (api.Response, error) {
	if err := callerFrom(ctx).mayCreateUser(body.SuiteId, string(body.Role)); err != nil {
		return nil, err
	}
	var errs fieldErrors
	errs.text("/email", &body.Email, validation.Email)
	errs.text("/firstName", &body.FirstName, validation.FirstName)
	errs.text("/lastName", body.LastName, validation.LastName)
	if errs.text("/password", body.Password, validation.Password); errs.err() != nil {
		return nil, errs.err()
	}
	hash, err := s.hashed(ctx, body.Password)
	if err != nil {
		return nil, err
	}
	user := store.User{
		ID: random.ID(), Email: body.Email, FirstName: body.FirstName, LastName: or(body.LastName, ""), Role: string(body.Role),
		SuiteID: body.SuiteId, ProjectID: body.ProjectId, Enabled: or(body.Enabled, true), PasswordHash: hash,
	}
	if hash != "" {
		user.PasswordRole = callerFrom(ctx).role
	}
	resp, err := s.once(ctx, request{operation: opCreateUser, key: p.IdempotencyKey}, nil,
		func(tx *store.Tx, now time.Time) (*response, error) {
			made, err := tx.CreateUser(user, now)
			if err != nil {
				return nil, err
			}
			return created(store.UserObject, made.ID, made.ETag, userBody(made))
		})
	if err != nil {
		return nil, s.failed(ctx, store.UserObject, s.misplaced(ctx, user.SuiteID, user.ProjectID, err))
	}
	return resp, nil
}

// hashed hashes a password, before a transaction begins: it takes its time.
func (s *server) hashed(ctx context.Context, password *string) (string, error) {
	if password == nil {
		return "", nil
	}
	return s.Passwords.Hash(ctx, *password)
}

// GetUser reads a user.
func (s *server) GetUser(ctx context.Context, id string) (api.Response, error) {
	user, err := s.Store.Direct(ctx).User(id)
	if err != nil {
		return nil, s.failed(ctx, store.UserObject, err)
	}
	if err := callerFrom(ctx).seesUser(user); err != nil {
		return nil, err
	}
	return object(http.StatusOK, user.ETag, userBody(user))
}

// UpdateUser changes what the patch names.
func (s *server) UpdateUser(ctx context.Context, id string, p api.UpdateUserParams, body api.UserPatch) (api.Response, error) {
	var next, user store.User
	err := s.Store.Write(ctx, func(tx *store.Tx) error {
		cur, err := tx.UserForUpdate(id)
		if err != nil {
			return err
		}
		next = patchedUser(cur, body)
		if err := callerFrom(ctx).mayUpdateUser(cur, next); err != nil {
			return err
		}
		if err := ifMatch(p.IfMatch, cur.ETag); err != nil {
			return err
		}
		if err := checkUserPatch(body, next); err != nil {
			return err
		}
		if !isActiveSuperAdmin(next) {
			if err := mayLose(tx, cur); err != nil {
				return err
			}
		}
		user, err = tx.UpdateUser(next, s.Clock.Now())
		return err
	})
	if err != nil {
		return nil, s.failed(ctx, store.UserObject, s.misplaced(ctx, next.SuiteID, next.ProjectID, err))
	}
	return object(http.StatusOK, user.ETag, userBody(user))
}

// checkUserPatch checks what a patch sends, and only that.
func checkUserPatch(p api.UserPatch, next store.User) error {
	var errs fieldErrors
	errs.text("/email", p.Email, validation.Email)
	errs.text("/firstName", p.FirstName, validation.FirstName)
	if p.LastName.IsSpecified() {
		errs.add("/lastName", validation.LastName(next.LastName))
	}
	return errs.err()
}

func patchedUser(u store.User, p api.UserPatch) store.User {
	if p.Email != nil {
		u.Email = validation.NFC(*p.Email) // as it is stored: another form is no change
	}
	u.FirstName = replace(p.FirstName, u.FirstName)
	u.LastName = merge(p.LastName, u.LastName, "")
	u.Role = string(replace(p.Role, api.Role(u.Role)))
	u.SuiteID = replace(p.SuiteId, u.SuiteID)
	u.ProjectID = replace(p.ProjectId, u.ProjectID)
	u.Enabled = merge(p.Enabled, u.Enabled, true)
	return u
}

// DeleteUser deletes a user with the assignments.
func (s *server) DeleteUser(ctx context.Context, id string, p api.DeleteUserParams) (api.Response, error) {
	err := s.Store.Write(ctx, func(tx *store.Tx) error {
		cur, err := tx.UserForUpdate(id)
		if err != nil {
			return err
		}
		if err := callerFrom(ctx).mayTouchUser(cur); err != nil {
			return err
		}
		if err := ifMatch(p.IfMatch, cur.ETag); err != nil {
			return err
		}
		if err := mayLose(tx, cur); err != nil {
			return err
		}
		return tx.DeleteUser(cur.ID)
	})
	return done(), s.failed(ctx, store.UserObject, err)
}

// mayLose refuses to take away the last super admin: no user could make
// another.
func mayLose(tx *store.Tx, u store.User) error {
	if !isActiveSuperAdmin(u) {
		return nil
	}
	has, err := tx.HasOtherUserWithRole(superAdmin, u.ID)
	if err == nil && !has {
		return problem.LastSuperAdmin()
	}
	return err
}

func isActiveSuperAdmin(u store.User) bool { return u.Role == superAdmin && u.Enabled }

// ResetUserPassword sets a user's password.
func (s *server) ResetUserPassword(ctx context.Context, id string, p api.ResetUserPasswordParams, body api.PasswordReset) (api.Response, error) {
	allowed := func(tx *store.Tx) error {
		user, err := tx.User(id)
		if err != nil {
			return err
		}
		return callerFrom(ctx).mayResetPassword(user)
	}
	// Asked here too, so that no client makes the server hash for nothing.
	if err := allowed(s.Store.Direct(ctx)); err != nil {
		return nil, s.failed(ctx, store.UserObject, err)
	}
	var errs fieldErrors
	if errs.text("/password", &body.Password, validation.Password); errs.err() != nil {
		return nil, errs.err()
	}
	hash, err := s.hashed(ctx, &body.Password)
	if err != nil {
		return nil, err
	}
	resp, err := s.once(ctx, request{operation: opResetPassword, target: id, key: p.IdempotencyKey}, allowed,
		func(tx *store.Tx, now time.Time) (*response, error) {
			return done().of(store.UserObject, id), tx.SetPassword(id, hash, callerFrom(ctx).role, now)
		})
	return resp, s.failed(ctx, store.UserObject, err)
}
