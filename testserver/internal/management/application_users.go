package management

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/api"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

const opPutAssignment = "putApplicationUser"

// maxFilterIDs bounds applicationIds and userIds together.
const maxFilterIDs = 200

// assignmentObject names assignments in problems.
const assignmentObject store.ObjectType = "assignment"

func assignmentBody(a store.Assignment) api.ApplicationUser {
	return api.ApplicationUser{
		ApplicationId: a.ApplicationID, UserId: a.UserID, Enabled: a.Enabled,
		Etag: a.ETag, CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt,
	}
}

// ListApplicationUsers lists the assignments of the applications that the
// caller sees.
func (s *server) ListApplicationUsers(ctx context.Context, p api.ListApplicationUsersParams) (api.Response, error) {
	if len(or(p.ApplicationIds, nil))+len(or(p.UserIds, nil)) > maxFilterIDs {
		return nil, problem.InvalidField("userIds", "must contain at most 200 ids together with applicationIds")
	}
	l := listingOf("application-users", p.SuiteId, p.ProjectId, p.ApplicationIds, p.UserIds)
	filter := store.AssignmentFilter{
		Scope: callerFrom(ctx).scope(), SuiteID: or(p.SuiteId, ""), ProjectID: or(p.ProjectId, ""),
		ApplicationIDs: or(p.ApplicationIds, nil), UserIDs: or(p.UserIds, nil),
	}
	found, next, err := pageOf(ctx, s, l, p.Limit, p.Cursor, (*store.Tx).Assignments, filter)
	if err != nil {
		return nil, err
	}
	return document(http.StatusOK, api.ApplicationUserList{Items: each(found.Items, assignmentBody), NextCursor: next, Total: found.Total})
}

// GetApplicationUser reads an assignment. Who sees the application sees it.
func (s *server) GetApplicationUser(ctx context.Context, id, userID string) (api.Response, error) {
	var assignment store.Assignment
	err := s.Store.Read(ctx, func(tx *store.Tx) error {
		application, err := tx.Application(id)
		if err != nil {
			return err
		}
		if err := callerFrom(ctx).seesApplication(application); err != nil {
			return err
		}
		assignment, err = tx.Assignment(id, userID)
		return err
	})
	if err != nil {
		return nil, s.failed(ctx, assignmentObject, err)
	}
	return object(http.StatusOK, assignment.ETag, assignmentBody(assignment))
}

// PutApplicationUser creates or changes an assignment.
func (s *server) PutApplicationUser(ctx context.Context, id, userID string, p api.PutApplicationUserParams, body api.ApplicationUserPut) (api.Response, error) {
	set := store.AssignmentSet{UserID: userID, Enabled: or(body.Enabled, true)}
	var application store.Application
	allowed := func(tx *store.Tx) (err error) {
		application, err = s.touchable(ctx, tx, id)
		return err
	}
	do := func(tx *store.Tx, now time.Time) (*response, error) {
		if err := mayPut(ctx, tx, id, userID, p); err != nil {
			return nil, err
		}
		var errs fieldErrors
		if errs.add("/enabled", rules.Toggle(application.AuthenticatorType, set.Enabled)); errs.err() != nil {
			return nil, errs.err()
		}
		assignment, isNew, err := tx.PutAssignment(id, set, now)
		if errors.Is(err, store.ErrReference) {
			return nil, problem.NotFound(string(store.UserObject))
		}
		if err != nil {
			return nil, err
		}
		return put(assignment, isNew)
	}
	resp, err := s.once(ctx, request{operation: opPutAssignment, target: id + "/" + userID, key: p.IdempotencyKey}, allowed, do)
	return resp, s.failed(ctx, assignmentObject, err)
}

// put is the response with an assignment that was created, or existed.
func put(a store.Assignment, isNew bool) (*response, error) {
	status := http.StatusOK
	if isNew {
		status = http.StatusCreated
	}
	out, err := object(status, a.ETag, assignmentBody(a))
	if err != nil {
		return nil, err
	}
	out.objectUserID = a.UserID
	return out.of(store.ApplicationUserObject, a.ApplicationID), nil
}

// mayPut checks caller and preconditions of a PUT.
func mayPut(ctx context.Context, tx *store.Tx, id, userID string, p api.PutApplicationUserParams) error {
	current, err := tx.Assignment(id, userID)
	assigned := err == nil
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	user, err := userToAssign(tx, callerFrom(ctx), userID)
	if errors.Is(err, store.ErrNotFound) {
		return problem.NotFound(string(store.UserObject))
	} else if err != nil {
		return err
	}
	if err := callerFrom(ctx).mayAssign(user); err != nil {
		return err
	}
	if assigned && p.IfNoneMatch != nil {
		return problem.AlreadyAssigned()
	}
	// No entity tag is that of what does not exist (RFC 9110 §13.1.1).
	if !assigned && p.IfMatch != nil {
		return problem.PreconditionFailed()
	}
	return ifMatch(p.IfMatch, current.ETag)
}

// userToAssign reads a user. If the caller may not assign every user, it keeps
// others from giving the user a higher role until the assignment is stored.
func userToAssign(tx *store.Tx, who caller, id string) (store.User, error) {
	if who.isSuperAdmin() {
		return tx.User(id)
	}
	return tx.UserForUpdate(id)
}

// DeleteApplicationUser removes an assignment.
func (s *server) DeleteApplicationUser(ctx context.Context, id, userID string, p api.DeleteApplicationUserParams) (api.Response, error) {
	err := s.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.touchable(ctx, tx, id); err != nil {
			return err
		}
		assignment, err := tx.Assignment(id, userID)
		if err != nil {
			return err
		}
		if err := ifMatch(p.IfMatch, assignment.ETag); err != nil {
			return err
		}
		return tx.DeleteAssignment(id, userID, s.Clock.Now())
	})
	return done(), s.failed(ctx, assignmentObject, err)
}

// touchable locks an application that the caller may change.
func (s *server) touchable(ctx context.Context, tx *store.Tx, id string) (store.Application, error) {
	application, err := tx.ApplicationForUpdate(id)
	if err != nil {
		return application, s.failed(ctx, store.ApplicationObject, err)
	}
	return application, callerFrom(ctx).mayTouchApplication(tx, application)
}
