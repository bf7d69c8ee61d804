package management_test

// The policy beyond what the table of all operations says (access_test.go of
// package testserver): single fields, super admins, users of several suites.

import (
	"strings"
	"testing"
)

// forbidden expects a 403 with the role that would be allowed.
func (w *world) forbidden(required, method, path string, body any, token string) {
	w.t.Helper()
	got := w.do(method, path, body, as(token))
	caller := w.want(200, "GET", "/users/"+strings.TrimPrefix(token, "user "), nil).str("role")
	if got.status != 403 || got.problem() != "forbidden" || got.str("requiredRole") != required || got.str("callerRole") != caller {
		w.t.Errorf("%s %s %v by a %s: got %d %s, want 403 for a %s", method, path, body, caller, got.status, got.raw, required)
	}
}

// hidden expects a 404.
func (w *world) hidden(method, path string, body any, token string) {
	w.t.Helper()
	if got := w.do(method, path, body, as(token)); got.status != 404 || got.problem() != "not-found" {
		w.t.Errorf("%s %s %v: got %d %s, want 404", method, path, body, got.status, got.raw)
	}
}

// people is a suite with its admin and a system user, and one beside it.
type people struct {
	*world
	suite, project, second    string // of the suite; second is another project of it
	admin, reader             string // tokens
	adminUser, readerUser     reply
	member, neighbour         reply // users of second, and of the other suite
	application, inSecond     reply
	otherSuite, otherProject  string
	otherApplication, superIn reply // superIn is a super admin who lives in the suite
}

func newPeople(t *testing.T) *people {
	t.Helper()
	w := newWorld(t)
	p := &people{world: w}
	p.suite, p.project = w.newSuite()
	p.second = w.newProject(p.suite)
	p.otherSuite, p.otherProject = w.newSuite()
	p.adminUser = w.newUser(p.suite, p.project, "suite_admin")
	p.readerUser = w.newUser(p.suite, p.project, "system_user")
	p.admin, p.reader = tokenOf(p.adminUser), tokenOf(p.readerUser)
	p.member = w.newUser(p.suite, p.second, "system_user")
	p.neighbour = w.newUser(p.otherSuite, p.otherProject, "system_user")
	p.superIn = w.newUser(p.suite, p.project, "super_admin")
	p.application = w.newApplication(p.suite, p.project, nil)
	p.inSecond = w.newApplication(p.suite, p.second, nil)
	p.otherApplication = w.newApplication(p.otherSuite, p.otherProject, nil)
	return p
}

func TestPolicy_WhatEachRoleSees(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	for _, a := range []reply{p.application, p.inSecond, p.otherApplication} {
		p.assign(a, p.neighbour)
	}
	join := func(list ...string) string { return strings.Join(list, " ") }
	for _, tc := range []struct {
		path, field    string
		admin, reader  string
		inAll, inOther string // one that all users see, one of the other suite
	}{
		{"/suites", "id", p.suite, p.suite, p.suite, p.otherSuite},
		{"/projects", "id", join(p.project, p.second), p.project, p.project, p.otherProject},
		{"/applications", "id", join(p.application.id(), p.inSecond.id()), p.application.id(), p.application.id(), p.otherApplication.id()},
		{"/users", "id", join(p.adminUser.id(), p.readerUser.id(), p.member.id(), p.superIn.id()),
			join(p.adminUser.id(), p.readerUser.id(), p.superIn.id()), p.readerUser.id(), p.neighbour.id()},
	} {
		for token, want := range map[string]string{p.admin: tc.admin, p.reader: tc.reader} {
			got := p.want(200, "GET", tc.path, nil, as(token))
			if got.names(tc.field) != want || got.body["total"] != float64(len(strings.Fields(want))) {
				t.Errorf("%s: got %s of %v, want %s", tc.path, got.names(tc.field), got.body["total"], want)
			}
			p.want(200, "GET", tc.path+"/"+tc.inAll, nil, as(token))
			p.hidden("GET", tc.path+"/"+tc.inOther, nil, token)
			if got := p.want(200, "GET", tc.path+"?ids="+tc.inOther, nil, as(token)); len(got.items()) != 0 {
				t.Errorf("%s lets see by ids what is hidden: %s", tc.path, got.raw)
			}
		}
	}
	for token, want := range map[string]string{
		p.admin: join(p.application.id(), p.inSecond.id()), p.reader: p.application.id(),
		p.root: join(p.application.id(), p.inSecond.id(), p.otherApplication.id()),
	} {
		if got := p.want(200, "GET", "/application-users", nil, as(token)); got.names("applicationId") != want {
			t.Errorf("assignments: got %s, want %s", got.names("applicationId"), want)
		}
	}
	p.want(200, "GET", "/applications/"+p.application.id()+"/users/"+p.neighbour.id(), nil, as(p.reader))
	for _, path := range []string{"/projects/" + p.second, "/applications/" + p.inSecond.id(), "/users/" + p.member.id(),
		"/applications/" + p.inSecond.id() + "/users/" + p.neighbour.id()} {
		p.hidden("GET", path, nil, p.reader)
	}
	p.hidden("GET", "/applications/"+p.otherApplication.id()+"/users/"+p.neighbour.id(), nil, p.admin)
}

func TestPolicy_SuiteAdminManagesTheSuite(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	by := as(p.admin)
	p.want(200, "PATCH", "/suites/"+p.suite, fields{"name": "renamed"}, by)
	project := p.want(201, "POST", "/projects", fields{"name": "n", "suiteId": p.suite}, by)
	p.want(200, "PATCH", "/projects/"+project.id(), fields{"name": "m"}, by)
	app := p.want(201, "POST", "/applications", applicationIn(p.suite, project.id()), by)
	p.want(200, "PATCH", "/applications/"+app.id(), fields{"projectId": p.second, "accessTokenLifespan": 60}, by)
	p.want(200, "POST", "/applications/"+app.id()+"/secret", fields{}, by)
	p.want(200, "PATCH", "/applications/"+app.id(), fields{"introspectionAccess": true}, by)
	p.want(201, "POST", "/applications", with(applicationIn(p.suite, p.second), fields{"introspectionAccess": true}), by)
	public := p.want(201, "POST", "/applications", with(applicationIn(p.suite, p.second), withoutSecret(nil)), by)
	p.want(200, "PATCH", "/applications/"+public.id(), fields{"clientAuthentication": "secret"}, by)
	p.want(200, "PATCH", "/applications/"+public.id(), fields{"clientAuthentication": "none"}, by)
	user := p.want(201, "POST", "/users", with(userIn(p.suite, p.project, "system_user"), fields{"password": "correct horse"}), by)
	p.want(200, "PATCH", "/users/"+user.id(), fields{"role": "suite_admin", "enabled": false}, by)
	p.want(200, "PATCH", "/users/"+user.id(), fields{"email": user.str("email"), "projectId": p.project}, by)
	p.want(201, "PUT", "/applications/"+app.id()+"/users/"+user.id(), fields{}, by)
	p.want(200, "PATCH", "/applications/"+app.id()+"/users", fields{"set": []fields{{"userId": p.member.id()}}, "remove": []fields{{"userId": user.id()}}}, by)
	p.want(204, "POST", "/token-revocations", fields{"userId": user.id()}, by)
	p.want(204, "POST", "/token-revocations", fields{"applicationId": app.id()}, by)
	p.want(204, "DELETE", "/applications/"+app.id()+"/users/"+p.member.id(), nil, by)
	p.want(204, "DELETE", "/applications/"+app.id(), nil, by)
	p.want(204, "DELETE", "/users/"+user.id(), nil, by)
	p.want(204, "DELETE", "/projects/"+project.id(), nil, by)
}

// A user who may rotate the secret decides whether there is one, and whether
// the application introspects the tokens of its suite.
func TestPolicy_WhoSaysHowAnApplicationAuthenticates(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	elsewhere := tokenOf(p.newUser(p.otherSuite, p.otherProject, "suite_admin"))
	create := with(applicationIn(p.suite, p.project), withoutSecret(nil))
	for _, body := range []fields{create, with(create, fields{"clientAuthentication": "secret", "introspectionAccess": true})} {
		body["name"] = "of " + body["clientAuthentication"].(string)
		p.forbidden("suite_admin", "POST", "/applications", body, p.reader)
		p.forbidden("super_admin", "POST", "/applications", body, elsewhere)
		p.want(201, "POST", "/applications", body, as(p.admin))
	}
	app := p.newApplication(p.suite, p.project, withoutSecret(fields{"clientAuthentication": "secret"}))
	path := "/applications/" + app.id()
	changes := []fields{
		{"introspectionAccess": true}, {"introspectionAccess": false}, {"clientAuthentication": "none"}, {"clientAuthentication": "secret"},
	}
	p.assign(p.application, p.superIn) // another application of the suite: no obstacle
	for _, super := range []bool{false, true} {
		if super {
			p.assign(app, p.superIn)
		}
		for _, change := range changes {
			p.forbidden("suite_admin", "PATCH", path, change, p.reader)
			p.hidden("PATCH", path, change, elsewhere)
			if super {
				p.forbidden("super_admin", "PATCH", path, change, p.admin)
				p.want(200, "PATCH", path, change)
			} else {
				p.want(200, "PATCH", path, change, as(p.admin))
			}
		}
	}
}

func TestPolicy_SuiteAdminStaysInTheSuite(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	app, usr := "/applications/"+p.application.id(), "/users/"+p.member.id()
	for _, suite := range []string{p.otherSuite, "no-such-suite"} {
		p.forbidden("super_admin", "POST", "/projects", fields{"name": "n", "suiteId": suite}, p.admin)
		p.forbidden("super_admin", "POST", "/applications", applicationIn(suite, p.otherProject), p.admin)
		p.forbidden("super_admin", "POST", "/users", userIn(suite, p.otherProject, "system_user"), p.admin)
		p.forbidden("super_admin", "PATCH", app, fields{"suiteId": suite, "projectId": p.otherProject}, p.admin)
		p.forbidden("super_admin", "PATCH", usr, fields{"suiteId": suite, "projectId": p.otherProject}, p.admin)
		p.forbidden("super_admin", "PATCH", usr, fields{"suiteId": suite}, p.admin)
	}
	for _, tc := range []struct {
		method, path string
		body         any
	}{
		{"POST", "/suites", fields{"name": "n"}},
		{"DELETE", "/suites/" + p.suite, nil},
		{"POST", "/applications", with(applicationIn(p.suite, p.project), fields{"managementAccess": true})},
		{"PATCH", app, fields{"managementAccess": true}},
		{"PATCH", usr, fields{"email": "new@example.com"}},
		{"PATCH", usr, fields{"projectId": p.project}},
		{"POST", usr + "/password", fields{"password": "correct horse"}},
	} {
		p.forbidden("super_admin", tc.method, tc.path, tc.body, p.admin)
	}
	managed := p.newApplication(p.suite, p.project, fields{"managementAccess": true})
	p.forbidden("super_admin", "PATCH", "/applications/"+managed.id(), fields{"managementAccess": nil}, p.admin)
	p.want(200, "PATCH", "/applications/"+managed.id(), fields{"managementAccess": true, "accessTokenLifespan": 60}, as(p.admin))
	p.hidden("POST", "/token-revocations", fields{"applicationId": p.otherApplication.id()}, p.admin)
}

func TestPolicy_SuiteAdminKeepsAwayFromSuperAdmins(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	super := "/users/" + p.superIn.id()
	for _, tc := range []struct {
		method, path string
		body         any
	}{
		{"POST", "/users", userIn(p.suite, p.project, "super_admin")},
		{"PATCH", "/users/" + p.member.id(), fields{"role": "super_admin"}},
		{"PATCH", "/users/" + p.adminUser.id(), fields{"role": "super_admin"}},
		{"PATCH", super, fields{"firstName": "x"}},
		{"PATCH", super, fields{}},
		{"PATCH", super, fields{"role": "system_user"}},
		{"DELETE", super, nil},
		{"POST", "/token-revocations", fields{"userId": p.superIn.id()}},
		{"PUT", "/applications/" + p.application.id() + super, fields{}},
		{"PATCH", "/applications/" + p.application.id() + "/users", fields{"set": []fields{{"userId": p.member.id()}, {"userId": p.superIn.id()}}}},
	} {
		p.forbidden("super_admin", tc.method, tc.path, tc.body, p.admin)
	}
	if got := p.want(200, "GET", "/application-users", nil); len(got.items()) != 0 {
		t.Errorf("a refused bulk change assigned a user: %s", got.raw)
	}
}

func TestPolicy_SuiteAdminKeepsAwayFromTheirApplications(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	p.keepsAwayWith(p.superIn)
}

func TestPolicy_SuiteAdminKeepsAwayFromApplicationsOfOthersUsers(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	p.keepsAwayWith(p.neighbour)
}

// keepsAwayWith expects that the suite admin does nothing to an application
// while a certain user is assigned to it, and everything before and after.
func (p *people) keepsAwayWith(beyond reply) {
	p.t.Helper()
	p.assign(p.application, p.member)
	app := "/applications/" + p.application.id()
	p.want(200, "POST", app+"/secret", fields{}, as(p.admin))
	p.assign(p.application, beyond)
	requests := []struct {
		method, path string
		body         any
		status       int // once that user is gone
	}{
		{"PATCH", app, fields{"accessTokenLifespan": 60}, 200},
		{"PATCH", app, fields{}, 200},
		{"PATCH", app, fields{"introspectionAccess": true}, 200},
		{"PATCH", app, fields{"clientAuthentication": "secret"}, 200},
		{"POST", app + "/secret", fields{}, 200},
		{"PUT", app + "/users/" + p.adminUser.id(), fields{}, 201},
		{"PUT", app + "/users/" + p.member.id(), fields{"enabled": false}, 200},
		{"PATCH", app + "/users", fields{"remove": []fields{{"userId": p.member.id()}}}, 200},
		{"DELETE", app + "/users/" + p.adminUser.id(), nil, 204},
		{"POST", "/token-revocations", fields{"applicationId": p.application.id()}, 204},
		{"DELETE", app, nil, 204},
	}
	for _, r := range requests {
		p.forbidden("super_admin", r.method, r.path, r.body, p.admin)
	}
	p.forbidden("super_admin", "DELETE", app+"/users/"+beyond.id(), nil, p.admin)
	p.want(200, "GET", app, nil, as(p.admin))
	p.want(204, "POST", "/token-revocations", fields{"userId": p.member.id(), "applicationId": p.application.id()}, as(p.admin))
	p.want(204, "DELETE", app+"/users/"+beyond.id(), nil)
	for _, r := range requests {
		p.want(r.status, r.method, r.path, r.body, as(p.admin))
	}
}

func TestPolicy_OnlySuperAdminsCrossSuites(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	app := "/applications/" + p.application.id()
	item := app + "/users/" + p.neighbour.id()
	p.hidden("PUT", item, fields{}, p.admin)
	bulk := fields{"set": []fields{{"userId": p.member.id()}, {"userId": p.neighbour.id()}}}
	if got := p.want(400, "PATCH", app+"/users", bulk, as(p.admin)); got.pointers() != "/set/1/userId" {
		t.Errorf("in bulk: %s", got.raw)
	}
	p.hidden("POST", "/token-revocations", fields{"userId": p.neighbour.id(), "applicationId": p.application.id()}, p.admin)

	p.want(201, "PUT", item, fields{})
	p.want(200, "GET", item, nil, as(p.admin))
	p.forbidden("super_admin", "PUT", item, fields{"enabled": false}, p.admin)
	p.forbidden("super_admin", "PATCH", app+"/users", bulk, p.admin)
	p.forbidden("super_admin", "POST", "/token-revocations", fields{"userId": p.neighbour.id(), "applicationId": p.application.id()}, p.admin)
	p.forbidden("super_admin", "DELETE", item, nil, p.admin)
	p.want(204, "DELETE", item, nil)

	// The neighbour's admin sees the user, and not the application.
	other := tokenOf(p.newUser(p.otherSuite, p.otherProject, "suite_admin"))
	p.hidden("POST", "/token-revocations", fields{"userId": p.neighbour.id(), "applicationId": p.application.id()}, other)
}

func TestPolicy_ExistingIsNamedOnlyToThoseWhoSeeIt(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	for _, tc := range []struct {
		name, method, path string
		body               any
		seen               bool
	}{
		{"an email address of another suite", "POST", "/users", with(userIn(p.suite, p.project, "system_user"), fields{"email": p.neighbour.str("email")}), false},
		{"an email address of the suite", "POST", "/users", with(userIn(p.suite, p.project, "system_user"), fields{"email": p.member.str("email")}), true},
		{"the name of another suite", "PATCH", "/suites/" + p.suite, fields{"name": p.want(200, "GET", "/suites/"+p.otherSuite, nil).str("name")}, false},
		{"an application of the project", "POST", "/applications", with(applicationIn(p.suite, p.project), fields{"name": p.application.str("name")}), true},
		{"a project of the suite", "PATCH", "/projects/" + p.second, fields{"name": p.want(200, "GET", "/projects/"+p.project, nil).str("name")}, true},
	} {
		got := p.want(409, tc.method, tc.path, tc.body, as(p.admin))
		if (got.body["existing"] != nil) != tc.seen {
			t.Errorf("%s: %s", tc.name, got.raw)
		}
	}
}
