package management_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestNotEmpty_SaysWhatIsContained(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	suite := w.want(201, "POST", "/suites", fields{"name": "Retail"}).id()
	newProject := func(name string) string {
		return w.want(201, "POST", "/projects", fields{"name": name, "suiteId": suite}).id()
	}
	refused := func(path, detail string, options ...option) {
		t.Helper()
		got := w.want(409, "DELETE", path, nil, options...)
		if got.problem() != "not-empty" || got.str("detail") != detail {
			t.Errorf("got %s, want the detail %q", got.raw, detail)
		}
	}
	one := newProject("one")
	refused("/suites/"+suite, "The suite contains 1 project (one): delete or move them first.")
	newProject("two")
	refused("/suites/"+suite, "The suite contains 2 projects (one, two): delete or move them first.")
	for i := range 3 {
		w.newApplication(suite, one, fields{"name": fmt.Sprintf("app-%d", i)})
	}
	admin := w.want(201, "POST", "/users", with(userIn(suite, one, "suite_admin"), fields{"email": "admin@example.com"}))
	refused("/projects/"+one, "The project contains 3 applications (app-0, app-1, app-2) and 1 user (admin@example.com): delete or move them first.",
		as(tokenOf(admin)))
	refused("/suites/"+suite, "The suite contains 2 projects (one, two), 3 applications (app-0, app-1, app-2) and 1 user: delete or move them first.")
	for i := range 4 {
		w.newApplication(suite, one, fields{"name": fmt.Sprintf("more-%d", i)})
	}
	refused("/projects/"+one, "The project contains 7 applications (app-0, app-1, app-2, more-0, more-1 and others) and 1 user: delete or move them first.")
}

func TestNotEmpty_SaysItOnlyToThoseWhoMayDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	suite, project := w.newSuite()
	reader := w.want(201, "POST", "/users", with(userIn(suite, project, "system_user"), fields{"email": "reader@example.com"}))
	stranger, _ := w.newSuite()
	other := w.newUser(stranger, w.newProject(stranger), "suite_admin")
	for path, want := range map[string]int{"/projects/" + project: 403, "/suites/" + suite: 403} {
		if got := w.want(want, "DELETE", path, nil, as(tokenOf(reader))); strings.Contains(got.raw, "contains") {
			t.Errorf("got %s", got.raw)
		}
		if got := w.want(404, "DELETE", path, nil, as(tokenOf(other))); strings.Contains(got.raw, "contains") {
			t.Errorf("got %s", got.raw)
		}
	}
}
