package management_test

import "testing"

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
