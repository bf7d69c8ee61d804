package management

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/api"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

const opPatchAssignments = "updateApplicationUsers"

// UpdateApplicationUsers changes many assignments of an application, all or
// nothing.
func (s *server) UpdateApplicationUsers(ctx context.Context, id string, p api.UpdateApplicationUsersParams, body api.ApplicationUsersPatch) (api.Response, error) {
	b := newBulk(or(body.Set, nil), or(body.Remove, nil))
	if err := b.once(); err != nil {
		return nil, err
	}
	var application store.Application
	allowed := func(tx *store.Tx) (err error) {
		application, err = s.touchable(ctx, tx, id)
		return err
	}
	do := func(tx *store.Tx, now time.Time) (*response, error) {
		if err := b.mayAll(tx, callerFrom(ctx)); err != nil {
			return nil, err
		}
		if err := b.toggles(application); err != nil {
			return nil, err
		}
		changed, err := tx.ChangeAssignments(id, b.set, b.remove, now)
		if err != nil {
			return nil, itemProblem(err)
		}
		resp, err := document(http.StatusOK, api.ApplicationUserItems{Items: each(changed, assignmentBody)})
		if err != nil {
			return nil, err
		}
		return resp.of(store.ApplicationUsersObject, application.ID), nil
	}
	resp, err := s.once(ctx, request{operation: opPatchAssignments, target: id, key: p.IdempotencyKey}, allowed, do)
	return resp, s.failed(ctx, store.ApplicationObject, err)
}

// bulk is the request in the store's words.
type bulk struct {
	set    []store.AssignmentSet
	remove []store.AssignmentRemoval
}

func newBulk(set []api.ApplicationUserSet, remove []api.ApplicationUserRemove) bulk {
	return bulk{
		set: each(set, func(item api.ApplicationUserSet) store.AssignmentSet {
			out := store.AssignmentSet{UserID: item.UserId, Enabled: or(item.Enabled, true), New: item.Etag.IsNull()}
			if item.Etag.IsSpecified() && !out.New {
				out.ETag = expected(item.Etag.MustGet())
			}
			return out
		}),
		remove: each(remove, func(item api.ApplicationUserRemove) store.AssignmentRemoval {
			return store.AssignmentRemoval{UserID: item.UserId, ETag: expectedOrAny(item.Etag)}
		}),
	}
}

// expected is an etag to be compared. The store takes the empty one for any;
// sent by a caller it is one that no assignment has.
func expected(etag string) string { return cmp.Or(etag, `""`) }

func expectedOrAny(etag *string) string {
	if etag == nil {
		return ""
	}
	return expected(*etag)
}

// once refuses too many items and a user who is named twice.
func (b bulk) once() error {
	if len(b.set)+len(b.remove) > validation.MaxApplicationUsers {
		return problem.InvalidRequest(fmt.Sprintf("set and remove can contain at most %d items together.", validation.MaxApplicationUsers),
			problem.Field{Pointer: "/set", Detail: fmt.Sprintf("must contain at most %d items together with /remove", validation.MaxApplicationUsers)})
	}
	var fields []problem.Field
	seen := map[string]bool{}
	look := func(list string, i int, userID string) {
		if seen[userID] {
			fields = append(fields, problem.Field{Pointer: itemPointer(list, i, "userId"), Detail: "must occur only once"})
		}
		seen[userID] = true
	}
	for i, item := range b.set {
		look("set", i, item.UserID)
	}
	for i, item := range b.remove {
		look("remove", i, item.UserID)
	}
	if len(fields) > 0 {
		return problem.InvalidFields(fields)
	}
	return nil
}

// toggles refuses to disable users where there is no toggle.
func (b bulk) toggles(a store.Application) error {
	var errs fieldErrors
	for i, item := range b.set {
		errs.add(itemPointer("set", i, "enabled"), rules.Toggle(a.AuthenticatorType, item.Enabled))
	}
	return errs.err()
}

// mayAll asks the policy about each user that is set. To remove a user, the
// right to change the application is enough.
func (b bulk) mayAll(tx *store.Tx, who caller) error {
	if who.isSuperAdmin() || len(b.set) == 0 {
		return nil
	}
	ids := each(b.set, func(item store.AssignmentSet) string { return item.UserID })
	users, err := tx.UsersForUpdate(ids) // see userToAssign
	if err != nil {
		return fmt.Errorf("read the users to be assigned: %w", err)
	}
	for i, item := range b.set {
		user, exists := users[item.UserID]
		if !exists {
			continue // the store says so, with the pointer
		}
		switch err := who.mayAssign(user); {
		case isNotFound(err):
			return noSuchUser(i)
		case err != nil:
			return at(err, itemPointer("set", i, "userId"))
		}
	}
	return nil
}

// at says which item a refusal is about.
func at(err error, pointer string) error {
	var p *problem.Error
	if errors.As(err, &p) {
		p.Fields = append(p.Fields, problem.Field{Pointer: pointer, Detail: "cannot be assigned by this caller"})
	}
	return err
}

func noSuchUser(i int) error {
	return problem.InvalidField(itemPointer("set", i, "userId"), "is not the id of a user")
}

// itemProblem translates what the store says of an item.
func itemProblem(err error) error {
	var item *store.ItemError
	var conflict *store.ConflictError
	if !errors.As(err, &item) {
		return err
	}
	switch {
	case errors.Is(item, store.ErrReference):
		return noSuchUser(item.Index)
	case errors.Is(item, store.ErrStale):
		return problem.PreconditionFailed(problem.Field{
			Pointer: itemPointer(item.List, item.Index, "etag"), Detail: "is no longer the etag of the assignment",
		})
	case errors.As(item, &conflict):
		return problem.PreconditionFailed(problem.Field{
			Pointer: itemPointer(item.List, item.Index, "etag"), Detail: "is null, but the assignment exists",
		})
	}
	return err
}

func itemPointer(list string, i int, field string) string {
	return "/" + list + "/" + strconv.Itoa(i) + "/" + field
}
