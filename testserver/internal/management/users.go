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
func (s *server) ListUsers(ctx context.Context, r api.ListUsersRequestObject) (api.ListUsersResponseObject, error) {
	p := r.Params
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
func (s *server) CreateUser(ctx context.Context, r api.CreateUserRequestObject) (api.CreateUserResponseObject, error) {
	b := r.Body
	if err := callerFrom(ctx).mayCreateUser(b.SuiteId, string(b.Role)); err != nil {
		return nil, err
	}
	var v verdict
	v.text("/email", &b.Email, validation.Email)
	v.text("/firstName", &b.FirstName, validation.FirstName)
	v.text("/lastName", b.LastName, validation.LastName)
	if v.text("/password", b.Password, validation.Password); v.err() != nil {
		return nil, v.err()
	}
	hash, err := s.hashed(ctx, b.Password)
	if err != nil {
		return nil, err
	}
	user := store.User{
		ID: random.ID(), Email: b.Email, FirstName: b.FirstName, LastName: or(b.LastName, ""), Role: string(b.Role),
		SuiteID: b.SuiteId, ProjectID: b.ProjectId, Enabled: or(b.Enabled, true), PasswordHash: hash,
	}
	if hash != "" {
		user.PasswordRole = callerFrom(ctx).role
	}
	a, err := s.once(ctx, request{operation: opCreateUser, key: r.Params.IdempotencyKey}, nil,
		func(tx *store.Tx, now time.Time) (*answer, error) {
			made, err := tx.CreateUser(user, now)
			if err != nil {
				return nil, err
			}
			return created(store.UserObject, made.ID, made.ETag, userBody(made))
		})
	if err != nil {
		return nil, s.failed(ctx, store.UserObject, s.misplaced(ctx, user.SuiteID, user.ProjectID, err))
	}
	return a, nil
}

// hashed hashes a password, before a transaction begins: it takes its time.
func (s *server) hashed(ctx context.Context, password *string) (string, error) {
	if password == nil {
		return "", nil
	}
	return s.Passwords.Hash(ctx, *password)
}

// GetUser reads a user.
func (s *server) GetUser(ctx context.Context, r api.GetUserRequestObject) (api.GetUserResponseObject, error) {
	user, err := s.Store.Direct(ctx).User(r.Id)
	if err != nil {
		return nil, s.failed(ctx, store.UserObject, err)
	}
	if err := callerFrom(ctx).seesUser(user); err != nil {
		return nil, err
	}
	return object(http.StatusOK, user.ETag, userBody(user))
}

// UpdateUser changes what the patch names.
func (s *server) UpdateUser(ctx context.Context, r api.UpdateUserRequestObject) (api.UpdateUserResponseObject, error) {
	var next, user store.User
	err := s.Store.Write(ctx, func(tx *store.Tx) error {
		cur, err := tx.UserForUpdate(r.Id)
		if err != nil {
			return err
		}
		next = patchedUser(cur, r.Body)
		if err := callerFrom(ctx).mayUpdateUser(cur, next); err != nil {
			return err
		}
		if err := ifMatch(r.Params.IfMatch, cur.ETag); err != nil {
			return err
		}
		if err := judgeUserPatch(r.Body, next); err != nil {
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

// judgeUserPatch judges what a patch sends, and only that.
func judgeUserPatch(p *api.UserPatch, next store.User) error {
	var v verdict
	v.text("/email", p.Email, validation.Email)
	v.text("/firstName", p.FirstName, validation.FirstName)
	if p.LastName.IsSpecified() {
		v.add("/lastName", validation.LastName(next.LastName))
	}
	return v.err()
}

func patchedUser(u store.User, p *api.UserPatch) store.User {
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
func (s *server) DeleteUser(ctx context.Context, r api.DeleteUserRequestObject) (api.DeleteUserResponseObject, error) {
	err := s.Store.Write(ctx, func(tx *store.Tx) error {
		cur, err := tx.UserForUpdate(r.Id)
		if err != nil {
			return err
		}
		if err := callerFrom(ctx).mayTouchUser(cur); err != nil {
			return err
		}
		if err := ifMatch(r.Params.IfMatch, cur.ETag); err != nil {
			return err
		}
		if err := mayLose(tx, cur); err != nil {
			return err
		}
		return tx.DeleteUser(cur.ID)
	})
	return done(), s.failed(ctx, store.UserObject, err)
}

// mayLose refuses to take away the last super admin: nobody could make another.
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
func (s *server) ResetUserPassword(ctx context.Context, r api.ResetUserPasswordRequestObject) (api.ResetUserPasswordResponseObject, error) {
	allowed := func(tx *store.Tx) error {
		user, err := tx.User(r.Id)
		if err != nil {
			return err
		}
		return callerFrom(ctx).mayResetPassword(user)
	}
	// Asked here too, so that nobody makes the server hash for nothing.
	if err := allowed(s.Store.Direct(ctx)); err != nil {
		return nil, s.failed(ctx, store.UserObject, err)
	}
	var v verdict
	if v.text("/password", &r.Body.Password, validation.Password); v.err() != nil {
		return nil, v.err()
	}
	hash, err := s.hashed(ctx, &r.Body.Password)
	if err != nil {
		return nil, err
	}
	a, err := s.once(ctx, request{operation: opResetPassword, target: r.Id, key: r.Params.IdempotencyKey}, allowed,
		func(tx *store.Tx, now time.Time) (*answer, error) {
			return done().of(store.UserObject, r.Id), tx.SetPassword(r.Id, hash, callerFrom(ctx).role, now)
		})
	return a, s.failed(ctx, store.UserObject, err)
}
