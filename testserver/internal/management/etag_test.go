package management_test

import (
	"fmt"
	"sync"
	"testing"
)

func TestIfMatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	suite, project := w.newSuite()
	application, user := w.newApplication(suite, project, nil), w.newUser(suite, project, "system_user")
	objects := map[string]string{
		"/suites/" + suite: "name", "/projects/" + project: "name",
		"/applications/" + application.id(): "name", "/users/" + user.id(): "firstName",
	}
	for path, field := range objects {
		etag := w.want(200, "GET", path, nil).etag()
		for header_, status := range map[string]int{
			`"stale"`: 412, "W/" + etag: 412, "nonsense": 412, `"a", "b"`: 412,
			etag: 200, "*": 200, `"a" , ` + etag: 200,
		} {
			current := w.want(200, "GET", path, nil)
			got := w.do("PATCH", path, fields{field: current.str(field)}, header("If-Match", header_))
			if got.status != status || status == 412 && got.problem() != "precondition-failed" {
				t.Errorf("PATCH %s with If-Match %s: got %d, want %d", path, header_, got.status, status)
			}
		}
		changed := w.want(200, "PATCH", path, fields{field: "another"}, header("If-Match", etag))
		w.want(412, "PATCH", path, fields{field: "a third"}, header("If-Match", etag))
		w.want(412, "DELETE", path, nil, header("If-Match", etag))
		if now := w.want(200, "GET", path, nil); now.etag() != changed.etag() || now.str(field) != "another" {
			t.Errorf("%s: a refused request changed something: %s", path, now.raw)
		}
	}
	rotation := "/applications/" + application.id() + "/secret"
	w.want(412, "POST", rotation, fields{}, header("If-Match", application.etag()))
	current := w.want(200, "GET", "/applications/"+application.id(), nil).etag()
	w.want(200, "POST", rotation, fields{}, header("If-Match", current))
	for _, path := range []string{"/applications/" + application.id(), "/users/" + user.id(), "/projects/" + project, "/suites/" + suite} {
		w.want(204, "DELETE", path, nil, header("If-Match", w.want(200, "GET", path, nil).etag()))
	}
}

// No other write comes between the check of If-Match and the change.
func TestIfMatch_OneOfManyAtOnceSucceeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	suite, project := w.newSuite()
	application, rotated := "/applications/"+w.newApplication(suite, project, nil).id(), w.newApplication(suite, project, nil)
	user, toggled := w.newUser(suite, project, "system_user"), w.newUser(suite, project, "system_user")
	assignment := application + "/users/" + toggled.id()
	w.want(201, "PUT", assignment, fields{}, header("If-None-Match", "*"))
	const rounds, callers = 4, 8
	named := func(field string) func(int, int) fields {
		return func(round, i int) fields { return fields{field: fmt.Sprintf("wanted by %d in round %d", i, round)} }
	}
	for _, tc := range []struct {
		object, method, suffix string
		body                   func(round, i int) fields
	}{
		{"/suites/" + suite, "PATCH", "", named("name")},
		{"/projects/" + project, "PATCH", "", named("name")},
		{application, "PATCH", "", named("name")},
		{"/applications/" + rotated.id(), "POST", "/secret", func(int, int) fields { return fields{} }},
		{"/users/" + user.id(), "PATCH", "", named("firstName")},
		{assignment, "PUT", "", func(round, _ int) fields { return fields{"enabled": round%2 == 1} }},
	} {
		// More than one: the first finds PostgreSQL's connections not yet made.
		for round := range rounds {
			etag := w.want(200, "GET", tc.object, nil).etag()
			var all sync.WaitGroup
			var mu sync.Mutex
			ends := map[int]int{}
			for i := range callers {
				all.Go(func() {
					got := w.do(tc.method, tc.object+tc.suffix, tc.body(round, i), header("If-Match", etag))
					mu.Lock()
					defer mu.Unlock()
					ends[got.status]++
				})
			}
			all.Wait()
			if ends[200] != 1 || ends[412] != callers-1 {
				t.Errorf("%s %s: %v, want one 200 among 412s", tc.method, tc.object+tc.suffix, ends)
			}
		}
	}
}
