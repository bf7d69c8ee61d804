package management_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/password"
)

func (w *world) hasPassword(id, pw string) bool {
	w.t.Helper()
	u, err := w.store.Direct(w.t.Context()).User(id)
	if err != nil {
		w.t.Fatal(err)
	}
	ok, err := password.New(password.Fast()).Verify(w.t.Context(), u.PasswordHash, pw)
	if err != nil {
		w.t.Fatal(err)
	}
	return ok
}

func TestUser_CreateWithDefaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.newUser(w.suite, w.project, "system_user")
	if made.body["enabled"] != true || made.body["lastName"] != "" || made.header.Get("ETag") != made.etag() || len(made.id()) != 21 {
		t.Errorf("got %s", made.raw)
	}
	if w.hasPassword(made.id(), "") {
		t.Error("a user without a password signs in with the empty one")
	}
	if read := w.want(200, "GET", "/users/"+made.id(), nil); read.raw != made.raw {
		t.Errorf("read %s, made %s", read.raw, made.raw)
	}
}

func TestUser_PasswordIsWriteOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.want(201, "POST", "/users", with(userIn(w.suite, w.project, "system_user"), fields{"password": "correct horse"}))
	if strings.Contains(made.raw, "password") || strings.Contains(made.raw, "horse") {
		t.Errorf("the response shows it: %s", made.raw)
	}
	if !w.hasPassword(made.id(), "correct horse") {
		t.Error("the password was not set")
	}
	w.want(204, "POST", "/users/"+made.id()+"/password", fields{"password": "battery staple"})
	if w.hasPassword(made.id(), "correct horse") || !w.hasPassword(made.id(), "battery staple") {
		t.Error("the password was not reset")
	}
	if read := w.want(200, "GET", "/users/"+made.id(), nil); read.etag() != made.etag() {
		t.Error("a password changes the etag")
	}
	for _, pw := range []string{"seven77", strings.Repeat("x", 257)} {
		if got := w.want(400, "POST", "/users/"+made.id()+"/password", fields{"password": pw}); got.pointers() != "/password" || strings.Contains(got.raw, pw) {
			t.Errorf("%d characters: %s", len(pw), got.raw)
		}
	}
	w.want(404, "POST", "/users/nobody/password", fields{"password": "battery staple"})
}

func TestUser_RefusedFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct {
		changes fields
		pointer string
	}{
		{fields{"email": "nobody"}, "/email"},
		{fields{"email": "a b@c.de"}, "/email"},
		{fields{"email": "a\u00a0b@c.de"}, "/email"},
		{fields{"email": "a@b@c.de"}, "/email"},
		{fields{"firstName": ""}, "/firstName"},
		{fields{"firstName": strings.Repeat("x", 101)}, "/firstName"},
		{fields{"lastName": strings.Repeat("x", 101)}, "/lastName"},
		{fields{"role": "root"}, "/role"},
		{fields{"password": "short"}, "/password"},
		{fields{"suiteId": "nothing"}, "/suiteId"},
		{fields{"projectId": "nothing"}, "/projectId"},
		{fields{"projectId": nil}, "/projectId"},
		{fields{"id": "x"}, "/id"},
	} {
		got := w.do("POST", "/users", with(userIn(w.suite, w.project, "system_user"), tc.changes))
		if got.status != 400 || got.pointers() != tc.pointer {
			t.Errorf("%v: got %d %s", tc.changes, got.status, got.raw)
		}
	}
}

func TestUser_EmailIsUniqueWithoutCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.want(201, "POST", "/users", with(userIn(w.suite, w.project, "system_user"), fields{"email": "Ünï@Example.org"}))
	if first.str("email") != "Ünï@Example.org" {
		t.Errorf("the spelling is not kept: %s", first.raw)
	}
	taken := w.want(409, "POST", "/users", with(userIn(w.suite, w.project, "system_user"), fields{"email": "ünï@example.ORG"}))
	if existing, _ := taken.body["existing"].(map[string]any); taken.problem() != "email-taken" || existing["id"] != first.id() || taken.pointers() != "/email" {
		t.Errorf("got %s", taken.raw)
	}
	other := w.newUser(w.suite, w.project, "system_user")
	if got := w.want(409, "PATCH", "/users/"+other.id(), fields{"email": "ÜNÏ@example.org"}); got.problem() != "email-taken" {
		t.Errorf("got %s", got.raw)
	}
	respelled := w.want(200, "PATCH", "/users/"+first.id(), fields{"email": "ünï@example.org"})
	if respelled.str("email") != "ünï@example.org" || respelled.etag() == first.etag() {
		t.Errorf("got %s", respelled.raw)
	}
}

func TestUser_MergePatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.want(201, "POST", "/users", with(userIn(w.suite, w.project, "system_user"), fields{"lastName": "Nguyen", "enabled": false}))
	path := "/users/" + made.id()
	changed := w.want(200, "PATCH", path, fields{"firstName": "T"})
	want := with(made.body, fields{"firstName": "T", "etag": changed.etag(), "updatedAt": changed.str("updatedAt")})
	if fmt.Sprint(changed.body) != fmt.Sprint(want) {
		t.Errorf("got\n%v\nwant\n%v", changed.body, want)
	}
	defaults := w.want(200, "PATCH", path, `{"lastName":null,"enabled":null}`)
	if defaults.body["lastName"] != "" || defaults.body["enabled"] != true {
		t.Errorf("null: %s", defaults.raw)
	}
	if same := w.want(200, "PATCH", path, fields{"firstName": "T", "enabled": true}); same.raw != defaults.raw {
		t.Errorf("the same values: got\n%s\nwant\n%s", same.raw, defaults.raw)
	}
	suite, project := w.newSuite()
	if got := w.want(400, "PATCH", path, fields{"suiteId": suite}); got.pointers() != "/projectId" {
		t.Errorf("only the suite: %s", got.raw)
	}
	if got := w.want(400, "PATCH", path, fields{"email": "x y@z"}); got.pointers() != "/email" {
		t.Errorf("got %s", got.raw)
	}
	moved := w.want(200, "PATCH", path, fields{"suiteId": suite, "projectId": project, "role": "suite_admin", "email": "new@example.com"})
	if moved.str("suiteId") != suite || moved.str("role") != "suite_admin" || moved.str("email") != "new@example.com" {
		t.Errorf("moved: %s", moved.raw)
	}
	for _, field := range []string{"email", "firstName", "role", "suiteId", "projectId"} {
		if got := w.want(400, "PATCH", path, `{"`+field+`":null}`); got.pointers() != "/"+field {
			t.Errorf("%s null: %s", field, got.raw)
		}
	}
	if got := w.want(400, "PATCH", path, fields{"password": "correct horse"}); got.pointers() != "/password" {
		t.Errorf("password: %s", got.raw)
	}
}

func TestUser_DisablingAndDeletingEndSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	application := w.newApplication(w.suite, w.project, nil)
	user := w.newUser(w.suite, w.project, "system_user")
	w.assign(application, user)
	family := w.family(application, user)
	w.want(200, "PATCH", "/users/"+user.id(), fields{"firstName": "Still"})
	if !w.alive(family) {
		t.Error("a change of the name ends the sessions")
	}
	w.want(200, "PATCH", "/users/"+user.id(), fields{"enabled": false})
	if w.alive(family) {
		t.Error("disabling leaves the sessions")
	}
	w.want(200, "PATCH", "/users/"+user.id(), fields{"enabled": true})
	family = w.family(application, user)
	w.want(204, "DELETE", "/users/"+user.id(), nil)
	if w.alive(family) {
		t.Error("deleting leaves the sessions")
	}
	if got := w.want(200, "GET", "/application-users?applicationIds="+application.id(), nil); len(got.items()) != 0 {
		t.Errorf("deleting leaves the assignment: %s", got.raw)
	}
	w.want(404, "GET", "/users/"+user.id(), nil)
	w.want(204, "DELETE", "/applications/"+application.id(), nil)
}

func TestUser_TheLastSuperAdminStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := "/users/" + strings.TrimPrefix(w.root, "user ")
	refused := func(when string) {
		t.Helper()
		before := w.want(200, "GET", root, nil)
		for name, got := range map[string]reply{
			"demoted":  w.want(409, "PATCH", root, fields{"role": "suite_admin"}),
			"disabled": w.want(409, "PATCH", root, fields{"enabled": false}),
			"deleted":  w.want(409, "DELETE", root, nil),
		} {
			if got.problem() != "last-super-admin" {
				t.Errorf("%s, %s: %s", when, name, got.raw)
			}
		}
		if after := w.want(200, "GET", root, nil); after.raw != before.raw {
			t.Errorf("%s: changed to %s", when, after.raw)
		}
	}
	refused("alone")
	second := w.newUser(w.suite, w.project, "super_admin")
	w.want(200, "PATCH", "/users/"+second.id(), fields{"enabled": false})
	refused("beside one that is disabled")
	w.want(204, "DELETE", "/users/"+second.id(), nil)
	w.want(200, "PATCH", root, fields{"firstName": "Still here"})

	third := w.newUser(w.suite, w.project, "super_admin")
	w.want(200, "PATCH", root, fields{"role": "system_user"})
	w.want(204, "DELETE", root, nil, as(tokenOf(third)))
}

func TestUser_OfTwoSuperAdminsThatLeaveOneStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	leave := []struct {
		method string
		body   any
	}{{"DELETE", nil}, {"PATCH", fields{"role": "system_user"}}, {"PATCH", fields{"enabled": false}}}
	left := strings.TrimPrefix(w.root, "user ")
	for round := range 6 {
		second := w.newUser(w.suite, w.project, "super_admin")
		ids := []string{left, second.id()}
		got := make([]reply, 2)
		var both sync.WaitGroup
		for i, id := range ids {
			how := leave[(round+i)%len(leave)]
			// Each by the other, so that neither request loses its own right.
			both.Go(func() { got[i] = w.do(how.method, "/users/"+id, how.body, as("user "+ids[1-i])) })
		}
		both.Wait()
		stays := -1
		for i, r := range got {
			switch r.status {
			case 200, 204:
			case 401, 403, 409: // the other was first, and this one's caller has lost its right, or is the last
				stays = i
			default:
				t.Fatalf("round %d: %d %s", round, r.status, r.raw)
			}
		}
		if stays < 0 {
			t.Fatalf("round %d: both left: %s %s", round, got[0].raw, got[1].raw)
		}
		left = ids[stays]
		w.root = "user " + left
		w.want(200, "GET", "/users/"+left, nil)
	}
}
