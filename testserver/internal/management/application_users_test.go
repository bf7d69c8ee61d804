package management_test

import (
	"fmt"
	"testing"
)

func TestAssignment_PutReadDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	application, user := w.newApplication(w.suite, w.project, nil), w.newUser(w.suite, w.project, "system_user")
	path := "/applications/" + application.id() + "/users/" + user.id()
	w.want(404, "GET", path, nil)
	w.want(404, "DELETE", path, nil)
	made := w.want(201, "PUT", path, fields{})
	if made.body["enabled"] != true || made.str("applicationId") != application.id() || made.str("userId") != user.id() || made.header.Get("ETag") != made.etag() {
		t.Errorf("made %s", made.raw)
	}
	if same := w.want(200, "PUT", path, fields{"enabled": true}); same.raw != made.raw {
		t.Errorf("the same again: %s", same.raw)
	}
	off := w.want(200, "PUT", path, fields{"enabled": false})
	if off.body["enabled"] != false || off.etag() == made.etag() || off.str("createdAt") != made.str("createdAt") {
		t.Errorf("off: %s", off.raw)
	}
	if on := w.want(200, "PUT", path, fields{}); on.body["enabled"] != true {
		t.Errorf("PUT without enabled: %s", on.raw)
	}
	if a := w.want(200, "GET", "/applications/"+application.id(), nil); a.etag() != application.etag() {
		t.Error("an assignment changes the application's etag")
	}
	if u := w.want(200, "GET", "/users/"+user.id(), nil); u.etag() != user.etag() {
		t.Error("an assignment changes the user's etag")
	}
	w.want(204, "DELETE", path, nil)
	w.want(404, "GET", path, nil)
}

func TestAssignment_OfWhatIsNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	application, user := w.newApplication(w.suite, w.project, nil), w.newUser(w.suite, w.project, "system_user")
	for _, path := range []string{"/applications/nothing/users/" + user.id(), "/applications/" + application.id() + "/users/nobody"} {
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			var body any
			if method == "PUT" {
				body = fields{}
			}
			if got := w.want(404, method, path, body); got.problem() != "not-found" {
				t.Errorf("%s %s: %s", method, path, got.raw)
			}
		}
	}
}

func TestAssignment_OnlyUserCredentialsHaveTheToggle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user := w.newUser(w.suite, w.project, "system_user")
	for flow, redirects := range map[string][]string{
		"client_credentials": nil, "authorization_code": {"https://a.example/"}, "authorization_code_pkce": {"https://a.example/"},
	} {
		application := w.newApplication(w.suite, w.project, fields{"authenticatorType": flow, "redirectUrls": append([]string{}, redirects...)})
		path := "/applications/" + application.id() + "/users"
		if got := w.want(400, "PUT", path+"/"+user.id(), fields{"enabled": false}); got.pointers() != "/enabled" {
			t.Errorf("%s: %s", flow, got.raw)
		}
		w.want(201, "PUT", path+"/"+user.id(), fields{"enabled": true})
		set := fields{"set": []fields{{"userId": user.id(), "enabled": false}}}
		if got := w.want(400, "PATCH", path, set); got.pointers() != "/set/0/enabled" {
			t.Errorf("%s in bulk: %s", flow, got.raw)
		}
	}
}

func TestAssignment_Preconditions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	application, user := w.newApplication(w.suite, w.project, nil), w.newUser(w.suite, w.project, "system_user")
	path := "/applications/" + application.id() + "/users/" + user.id()
	for _, tag := range []string{"*", `"x"`} {
		if got := w.want(412, "PUT", path, fields{}, header("If-Match", tag)); got.problem() != "precondition-failed" {
			t.Errorf("If-Match %s on what is not: %s", tag, got.raw)
		}
	}
	made := w.want(201, "PUT", path, fields{}, header("If-None-Match", "*"))
	if got := w.want(409, "PUT", path, fields{}, header("If-None-Match", "*")); got.problem() != "already-assigned" {
		t.Errorf("If-None-Match: %s", got.raw)
	}
	w.want(412, "PUT", path, fields{"enabled": false}, header("If-Match", `"x"`))
	changed := w.want(200, "PUT", path, fields{"enabled": false}, header("If-Match", made.etag()))
	w.want(412, "DELETE", path, nil, header("If-Match", made.etag()))
	w.want(204, "DELETE", path, nil, header("If-Match", changed.etag()))
}

func TestAssignment_SwitchingOffAndRemovingEndSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user := w.newUser(w.suite, w.project, "system_user")
	a, b := w.newApplication(w.suite, w.project, nil), w.newApplication(w.suite, w.project, nil)
	w.assign(a, user)
	w.assign(b, user)
	atA, atB := w.family(a, user), w.family(b, user)
	w.want(200, "PUT", "/applications/"+a.id()+"/users/"+user.id(), fields{"enabled": false})
	if w.alive(atA) || !w.alive(atB) {
		t.Errorf("switched off at the first: alive %v, at the second %v", w.alive(atA), w.alive(atB))
	}
	w.want(204, "DELETE", "/applications/"+b.id()+"/users/"+user.id(), nil)
	if w.alive(atB) {
		t.Error("removing leaves the session")
	}
}

func TestAssignments_Bulk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	application := w.newApplication(w.suite, w.project, nil)
	path := "/applications/" + application.id() + "/users"
	var ids []string
	for range 4 {
		ids = append(ids, w.newUser(w.suite, w.project, "system_user").id())
	}
	first := w.want(200, "PATCH", path, fields{"set": []fields{
		{"userId": ids[2]}, {"userId": ids[0], "enabled": false, "etag": nil}, {"userId": ids[1]},
	}})
	if first.names("userId") != ids[2]+" "+ids[0]+" "+ids[1] || first.names("enabled") != "true false true" {
		t.Errorf("the response is not in the order of set: %s", first.raw)
	}
	if got := w.want(200, "GET", "/application-users?applicationIds="+application.id(), nil); got.names("etag") != first.names("etag") {
		t.Errorf("listed %s, returned %s", got.raw, first.raw)
	}
	etag := first.items()[0]["etag"]
	second := w.want(200, "PATCH", path, fields{
		"set":    []fields{{"userId": ids[2], "etag": etag}, {"userId": ids[3]}},
		"remove": []fields{{"userId": ids[0]}, {"userId": ids[1], "etag": first.items()[2]["etag"]}, {"userId": "nobody"}},
	})
	if second.items()[0]["etag"] != etag {
		t.Error("an item that changes nothing has a new etag")
	}
	if got := w.want(200, "GET", "/application-users?applicationIds="+application.id(), nil); got.names("userId") != ids[2]+" "+ids[3] {
		t.Errorf("in the end: %s", got.raw)
	}
	if got := w.want(200, "PATCH", path, fields{}); len(got.items()) != 0 {
		t.Errorf("nothing to do: %s", got.raw)
	}
	w.want(404, "PATCH", "/applications/nothing/users", fields{})
}

func TestAssignments_BulkIsAllOrNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	application := w.newApplication(w.suite, w.project, nil)
	assigned, fresh := w.newUser(w.suite, w.project, "system_user"), w.newUser(w.suite, w.project, "system_user").id()
	before := w.assign(application, assigned)
	old := assigned.id()
	path := "/applications/" + application.id() + "/users"
	for _, tc := range []struct {
		name     string
		body     any
		status   int
		pointers string
	}{
		{"stale set", fields{"set": []fields{{"userId": fresh}, {"userId": old, "enabled": false, "etag": `"x"`}}}, 412, "/set/1/etag"},
		{"empty etag", fields{"set": []fields{{"userId": fresh}, {"userId": old, "etag": ""}}}, 412, "/set/1/etag"},
		{"set must not exist", fields{"set": []fields{{"userId": fresh}, {"userId": old, "etag": nil}}}, 412, "/set/1/etag"},
		{"set of what is not", fields{"set": []fields{{"userId": fresh, "etag": before.etag()}}}, 412, "/set/0/etag"},
		{"stale removal", fields{"set": []fields{{"userId": fresh}}, "remove": []fields{{"userId": old, "etag": `"x"`}}}, 412, "/remove/0/etag"},
		{"removal of what is not, with an etag", fields{"remove": []fields{{"userId": old}, {"userId": fresh, "etag": `"x"`}}}, 412, "/remove/1/etag"},
		{"unknown user", fields{"set": []fields{{"userId": fresh}, {"userId": "nobody"}}}, 400, "/set/1/userId"},
		{"named twice", fields{"set": []fields{{"userId": fresh}, {"userId": fresh}}}, 400, "/set/1/userId"},
		{"set and removed", fields{"set": []fields{{"userId": fresh}}, "remove": []fields{{"userId": fresh}}}, 400, "/remove/0/userId"},
		{"too many", fields{"set": many(400), "remove": many(101)}, 400, "/set"},
		{"too many in one", fields{"set": many(501)}, 400, "/set"},
	} {
		got := w.do("PATCH", path, tc.body)
		if got.status != tc.status || got.pointers() != tc.pointers {
			t.Errorf("%s: got %d %s", tc.name, got.status, got.raw)
		}
		if got := w.want(200, "GET", "/application-users?applicationIds="+application.id(), nil); got.names("etag") != before.etag() {
			t.Fatalf("%s: something was changed: %s", tc.name, got.raw)
		}
	}
}

func many(n int) []fields {
	out := make([]fields, n)
	for i := range out {
		out[i] = fields{"userId": fmt.Sprintf("user-%d-%d", n, i)}
	}
	return out
}

func TestAssignments_ListAcrossApplications(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	suite, project := w.newSuite()
	a, b := w.newApplication(w.suite, w.project, nil), w.newApplication(suite, project, nil)
	u, v := w.newUser(w.suite, w.project, "system_user"), w.newUser(suite, project, "system_user")
	for _, pair := range [][2]reply{{a, u}, {b, v}, {a, v}} {
		w.assign(pair[0], pair[1])
	}
	for query, want := range map[string]string{
		"":                          u.id() + " " + v.id() + " " + v.id(),
		"?applicationIds=" + a.id(): u.id() + " " + v.id(),
		"?userIds=" + v.id():        v.id() + " " + v.id(),
		"?userIds=" + v.id() + "&applicationIds=" + a.id() + "," + b.id(): v.id() + " " + v.id(),
		"?suiteId=" + suite:       v.id(),
		"?projectId=" + w.project: u.id() + " " + v.id(),
		"?applicationIds=nothing": "",
	} {
		if got := w.want(200, "GET", "/application-users"+query, nil); got.names("userId") != want {
			t.Errorf("%q: got %s, want %s", query, got.names("userId"), want)
		}
	}
	long := func(n int) string {
		s := ""
		for i := range n {
			s += fmt.Sprintf(",id%d", i)
		}
		return s[1:]
	}
	w.want(200, "GET", "/application-users?applicationIds="+long(100)+"&userIds="+long(100), nil)
	w.want(400, "GET", "/application-users?applicationIds="+long(100)+"&userIds="+long(101), nil)
}
