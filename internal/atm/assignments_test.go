package atm_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/oapi-codegen/nullable"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

var off, on = false, true

// assign creates an assignment for a test that is about something else.
func (tn *tenant) assign(t *testing.T, application, user string) *atm.ApplicationUser {
	t.Helper()
	made, err := tn.client.AssignUser(t.Context(), application, user, atm.NewIdempotencyKey(), atm.ApplicationUserPut{})
	if err != nil {
		t.Fatalf("assign: %v", err)
	}
	return made
}

// wantAssigned checks which users an application has, in the order of their assignment.
func (tn *tenant) wantAssigned(t *testing.T, application string, users ...string) {
	t.Helper()
	got, err := tn.client.ApplicationUsers(t.Context(), atm.ListApplicationUsersParams{ApplicationIds: &[]string{application}})
	var ids []string
	for _, a := range got {
		ids = append(ids, a.UserId)
	}
	if err != nil || !slices.Equal(ids, users) {
		t.Errorf("%s has the users %v, %v, want %v", application, ids, err, users)
	}
}

func TestAssignments_DoWhatTheySay(t *testing.T) {
	t.Parallel()
	tn := newTenant(t, 2)
	ctx, application, user := t.Context(), tn.applications[0], tn.users[1]
	made := tn.assign(t, application, user)
	if read, err := tn.client.ApplicationUser(ctx, application, user); err != nil || *read != *made || !made.Enabled {
		t.Fatalf("created %+v, read %+v, %v", made, read, err)
	}
	changed, err := tn.client.UpdateApplicationUser(ctx, application, user, made.Etag, atm.ApplicationUserPut{Enabled: &off})
	if err != nil || changed.Enabled || changed.Etag == made.Etag {
		t.Fatalf("updated to %+v, %v", changed, err)
	}
	if again, err := tn.client.UpdateApplicationUser(ctx, application, user, "", atm.ApplicationUserPut{Enabled: &on}); err != nil || !again.Enabled {
		t.Fatalf("updated without an etag to %+v, %v", again, err)
	}
	if err := tn.client.UnassignUser(ctx, application, user, ""); err != nil {
		t.Fatal(err)
	}
	_, err = tn.client.ApplicationUser(ctx, application, user)
	_, updateErr := tn.client.UpdateApplicationUser(ctx, application, user, "", atm.ApplicationUserPut{Enabled: &on})
	for _, err := range []error{err, updateErr, tn.client.UnassignUser(ctx, application, user, ""), tn.client.UnassignUser(ctx, application, user, made.Etag)} {
		if !atm.IsNotFound(err) {
			t.Errorf("once removed: %v, want not found", err)
		}
	}
}

func TestAssignments_ASecondOneIsAConflict(t *testing.T) {
	t.Parallel()
	tn := newTenant(t, 1)
	_, err := tn.client.AssignUser(t.Context(), tn.applications[0], tn.users[0], atm.NewIdempotencyKey(), atm.ApplicationUserPut{Enabled: &off})
	if !atm.IsProblem(err, atm.ProblemAlreadyAssigned) {
		t.Errorf("%v, want already assigned", err)
	}
	if read, err := tn.client.ApplicationUser(t.Context(), tn.applications[0], tn.users[0]); err != nil || !read.Enabled {
		t.Errorf("the refused create left %+v, %v", read, err)
	}
}

func TestAssignments_AStaleEtagChangesNothing(t *testing.T) {
	t.Parallel()
	tn := newTenant(t, 1)
	ctx, application, user := t.Context(), tn.applications[0], tn.users[0]
	before, err := tn.client.ApplicationUser(ctx, application, user)
	if err != nil {
		t.Fatal(err)
	}
	now, err := tn.client.UpdateApplicationUser(ctx, application, user, before.Etag, atm.ApplicationUserPut{Enabled: &off})
	if err != nil {
		t.Fatal(err)
	}
	stale := nullable.NewNullableWithValue(before.Etag)
	_, updateErr := tn.client.UpdateApplicationUser(ctx, application, user, before.Etag, atm.ApplicationUserPut{Enabled: &on})
	_, setErr := tn.client.ChangeApplicationUsers(ctx, application, atm.NewIdempotencyKey(),
		atm.ApplicationUsersPatch{Set: &[]atm.ApplicationUserSet{{UserId: user, Enabled: &on, Etag: stale}}})
	_, createErr := tn.client.ChangeApplicationUsers(ctx, application, atm.NewIdempotencyKey(),
		atm.ApplicationUsersPatch{Set: &[]atm.ApplicationUserSet{{UserId: user, Etag: nullable.NewNullNullable[string]()}}})
	_, removeErr := tn.client.ChangeApplicationUsers(ctx, application, atm.NewIdempotencyKey(),
		atm.ApplicationUsersPatch{Remove: &[]atm.ApplicationUserRemove{{UserId: user, Etag: &before.Etag}}})
	for name, err := range map[string]error{
		"update": updateErr, "unassign": tn.client.UnassignUser(ctx, application, user, before.Etag),
		"bulk set": setErr, "bulk create": createErr, "bulk remove": removeErr,
	} {
		if !atm.IsStale(err) {
			t.Errorf("%s: %v, want stale", name, err)
		}
	}
	if read, err := tn.client.ApplicationUser(ctx, application, user); err != nil || *read != *now {
		t.Errorf("afterwards %+v, %v, want %+v", read, err, now)
	}
}

func TestAssignments_ALostResponseIsRecovered(t *testing.T) {
	t.Parallel()
	tn := newTenant(t, 2)
	ctx, application, user := t.Context(), tn.applications[0], tn.users[1]
	lose := func(method, path string) {
		tn.server.Fail(testserver.Fault{Method: method, Path: path, Times: 1, Drop: testserver.DropAfter})
	}
	const one, bulk = "/api/v1/applications/*/users/*", "/api/v1/applications/*/users"
	lose(http.MethodPut, one)
	made := tn.assign(t, application, user)
	lose(http.MethodPut, one)
	changed, err := tn.client.UpdateApplicationUser(ctx, application, user, made.Etag, atm.ApplicationUserPut{Enabled: &off})
	if err != nil || changed.Enabled {
		t.Errorf("update: %+v, %v", changed, err)
	}
	lose(http.MethodDelete, one)
	if err := tn.client.UnassignUser(ctx, application, user, ""); err != nil {
		t.Errorf("unassign: %v", err)
	}
	tn.wantAssigned(t, application, tn.users[0])
	lose(http.MethodPatch, bulk)
	set, err := tn.client.ChangeApplicationUsers(ctx, application, atm.NewIdempotencyKey(), atm.ApplicationUsersPatch{
		Set:    &[]atm.ApplicationUserSet{{UserId: user, Etag: nullable.NewNullNullable[string]()}},
		Remove: &[]atm.ApplicationUserRemove{{UserId: tn.users[0]}},
	})
	if err != nil || len(set) != 1 || set[0].UserId != user {
		t.Errorf("bulk: %+v, %v", set, err)
	}
	tn.wantAssigned(t, application, user)
}

func TestUnassignAllUsers_LeavesNone(t *testing.T) {
	t.Parallel()
	tn := newTenant(t, 3)
	tn.assign(t, tn.applications[0], tn.users[2])
	for range 2 { // the second finds none
		if err := tn.client.UnassignAllUsers(t.Context(), tn.applications[0]); err != nil {
			t.Fatal(err)
		}
		tn.wantAssigned(t, tn.applications[0])
	}
	tn.wantAssigned(t, tn.applications[1], tn.users[1])
	if err := tn.client.UnassignAllUsers(t.Context(), "nobody-has-this-id"); err != nil {
		t.Errorf("an application without users: %v", err)
	}
}

// Filters take more ids than a request does; the assignments come in the order of their creation, and each once.
func TestApplicationUsers_WithAnyNumberOfIDs(t *testing.T) {
	t.Parallel()
	tn := newTenant(t, 2)
	if err := tn.client.UnassignAllUsers(t.Context(), tn.applications[1]); err != nil {
		t.Fatal(err)
	}
	for _, application := range []string{tn.applications[1], tn.applications[0]} { // at different times
		tn.server.Clock.Advance(time.Second)
		tn.assign(t, application, tn.users[1])
	}
	many := func(first string, ids ...string) *[]string {
		all := append(append([]string{first}, madeUp(230)...), ids...)
		return &all
	}
	a, u := tn.applications, tn.users
	for name, tc := range map[string]struct {
		params atm.ListApplicationUsersParams
		most   int
		want   [][2]string
	}{
		"all":                   {atm.ListApplicationUsersParams{}, 0, [][2]string{{a[0], u[0]}, {a[1], u[1]}, {a[0], u[1]}}},
		"of an application":     {atm.ListApplicationUsersParams{ApplicationIds: &[]string{a[0]}}, 0, [][2]string{{a[0], u[0]}, {a[0], u[1]}}},
		"of applications":       {atm.ListApplicationUsersParams{ApplicationIds: many(a[1], a[0])}, 0, [][2]string{{a[0], u[0]}, {a[1], u[1]}, {a[0], u[1]}}},
		"of users":              {atm.ListApplicationUsersParams{UserIds: many(u[1], u[0])}, 0, [][2]string{{a[0], u[0]}, {a[1], u[1]}, {a[0], u[1]}}},
		"of both":               {atm.ListApplicationUsersParams{ApplicationIds: many(a[0]), UserIds: many(u[1], u[1])}, 0, [][2]string{{a[0], u[1]}}},
		"of both, at most two":  {atm.ListApplicationUsersParams{ApplicationIds: many(a[1], a[0]), UserIds: many(u[1], u[0])}, 2, [][2]string{{a[0], u[0]}, {a[1], u[1]}}},
		"of no application":     {atm.ListApplicationUsersParams{ApplicationIds: &[]string{}}, 0, nil},
		"of no user":            {atm.ListApplicationUsersParams{UserIds: &[]string{}, ApplicationIds: &[]string{a[0]}}, 0, nil},
		"of who does not exist": {atm.ListApplicationUsersParams{UserIds: many("nobody")}, 0, nil},
	} {
		var got [][2]string
		tc.params.ProjectId = &tn.project
		for item, err := range tn.client.EachApplicationUser(t.Context(), tc.params, tc.most) {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got = append(got, [2]string{item.ApplicationId, item.UserId})
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

// The ids of both filters count together, and are divided so that the fewest requests result.
func TestApplicationUsers_TakeFewRequests(t *testing.T) {
	t.Parallel()
	tn := newTenant(t, 1)
	for _, tc := range []struct{ applications, users, requests int }{
		{1, 1, 1}, {100, 100, 1}, {101, 100, 2}, {199, 1, 1}, {200, 1, 2}, {1, 200, 2}, {201, 201, 6}, {1000, 10, 6}, {0, 300, 0}, {300, 0, 0},
	} {
		applications, users := madeUp(tc.applications), madeUp(tc.users)
		if tc.requests > 0 { // the last ones exist
			applications[tc.applications-1], users[tc.users-1] = tn.applications[0], tn.users[0]
		}
		tn.server.ForgetRequests()
		got, err := tn.client.ApplicationUsers(t.Context(), atm.ListApplicationUsersParams{ApplicationIds: &applications, UserIds: &users})
		if err != nil || len(got) != min(tc.requests, 1) {
			t.Errorf("%+v: %v, %v", tc, got, err)
		}
		if n := tn.server.CountRequests(http.MethodGet, "/api/v1/application-users"); n != tc.requests {
			t.Errorf("%+v: %d requests", tc, n)
		}
	}
}
