package management_test

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// keyed are the requests that accept a key and have a result, with the type
// and the id of what they create or change.
type keyedRequest struct {
	method, path string
	body         any
	status       int
	kind         string
	id           func(reply) string
	more         []option
}

func keyedRequests(w *world) map[string]keyedRequest {
	w.t.Helper()
	application, user := w.newApplication(w.suite, w.project, nil), w.newUser(w.suite, w.project, "system_user")
	other := w.newUser(w.suite, w.project, "system_user")
	users := "/applications/" + application.id() + "/users"
	created := reply.id
	fixed := func(id string) func(reply) string { return func(reply) string { return id } }
	return map[string]keyedRequest{
		"createSuite":       {"POST", "/suites", fields{"name": "keyed"}, 201, "suite", created, nil},
		"createProject":     {"POST", "/projects", fields{"name": "keyed", "suiteId": w.suite}, 201, "project", created, nil},
		"createApplication": {"POST", "/applications", applicationIn(w.suite, w.project), 201, "application", created, nil},
		"createUser":        {"POST", "/users", userIn(w.suite, w.project, "system_user"), 201, "user", created, nil},
		"rotate":            {"POST", "/applications/" + application.id() + "/secret", fields{}, 200, "application", created, nil},
		"password": {"POST", "/users/" + user.id() + "/password", fields{"password": "correct horse"}, 204, "user",
			fixed(user.id()), nil},
		"assign": {"PUT", users + "/" + user.id(), fields{}, 201, "application_user",
			fixed(application.id() + "/" + user.id()), []option{header("If-None-Match", "*")}},
		"assignMany": {"PATCH", users, fields{"set": []fields{{"userId": other.id()}}}, 200, "application_users",
			fixed(application.id()), nil},
	}
}

func (r keyedRequest) do(w *world, k string) reply {
	w.t.Helper()
	return w.do(r.method, r.path, r.body, append([]option{key(k)}, r.more...)...)
}

func TestIdempotency_EveryKeyedRequestReplaysAndHasAResult(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, r := range keyedRequests(w) {
		k := newKey()
		first := r.do(w, k)
		if first.status != r.status || first.header.Get("Idempotency-Replayed") != "" {
			t.Fatalf("%s: got %d %s", name, first.status, first.raw)
		}
		for _, method := range []string{"GET", "DELETE"} {
			got := w.want(200, method, "/idempotent-result", nil, key(k))
			if got.str("type") != r.kind || got.id() != r.id(first) {
				t.Errorf("%s: %s got %s", name, method, got.raw)
			}
		}
		again := r.do(w, k) // a key that was used is not voided by asking
		if again.status != r.status || again.raw != first.raw || again.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("%s again: got %d %v %s", name, again.status, again.header, again.raw)
		}
		w.advance(25 * time.Hour)
		if got := r.do(w, k); got.status != 409 || got.problem() != "response-expired" {
			t.Errorf("%s a day later: got %d %s", name, got.status, got.raw)
		}
		if got := w.want(200, "DELETE", "/idempotent-result", nil, key(k)); got.id() != r.id(first) {
			t.Errorf("%s a day later: got %s", name, got.raw)
		}
	}
}

func TestIdempotency_AVoidKeyRefusesEveryLateRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, r := range keyedRequests(w) {
		k := newKey()
		for range 2 {
			if got := w.want(404, "DELETE", "/idempotent-result", nil, key(k)); got.problem() != "not-found" {
				t.Errorf("%s: got %s", name, got.raw)
			}
		}
		refused := func() {
			t.Helper()
			if got := r.do(w, k); got.status != 409 || got.problem() != "key-void" || got.pointers() != "Idempotency-Key" {
				t.Errorf("%s: got %d %s", name, got.status, got.raw)
			}
			w.want(404, "GET", "/idempotent-result", nil, key(k))
		}
		refused()
		w.advance(30*24*time.Hour - time.Minute)
		w.sweep()
		refused()
		w.advance(2 * time.Minute)
		w.sweep()
		if got := r.do(w, k); got.status != r.status {
			t.Errorf("%s after 30 days: got %d %s", name, got.status, got.raw)
		}
	}
}

func TestIdempotency_VoidingBelongsToTheCaller(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.newUser(w.suite, w.project, "super_admin")
	k := newKey()
	w.want(404, "DELETE", "/idempotent-result", nil, key(k), as(tokenOf(other)))
	w.want(201, "POST", "/suites", fields{"name": "mine"}, key(k))
}

func TestIdempotency_ResultsOfAssignmentsStayUntilTheApplicationIsDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	application, user := w.newApplication(w.suite, w.project, nil), w.newUser(w.suite, w.project, "system_user")
	users := "/applications/" + application.id() + "/users"
	one, many := newKey(), newKey()
	w.want(201, "PUT", users+"/"+user.id(), fields{}, key(one), header("If-None-Match", "*"))
	w.want(200, "PATCH", users, fields{"remove": []fields{{"userId": user.id()}}}, key(many))
	for _, k := range []string{one, many} {
		w.want(200, "DELETE", "/idempotent-result", nil, key(k))
	}
	w.want(204, "DELETE", "/applications/"+application.id(), nil)
	for _, k := range []string{one, many} {
		w.want(404, "GET", "/idempotent-result", nil, key(k))
	}
}

func TestIdempotency_TheSameKeyForAnotherAssignmentIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	application := w.newApplication(w.suite, w.project, nil)
	k := newKey()
	users := "/applications/" + application.id() + "/users"
	w.want(201, "PUT", users+"/"+w.newUser(w.suite, w.project, "system_user").id(), fields{}, key(k))
	w.want(422, "PUT", users+"/"+w.newUser(w.suite, w.project, "system_user").id(), fields{}, key(k))
	w.want(422, "PATCH", users, fields{}, key(k))
}

// raceVoid lets a request and the voiding of its key run at once: either the
// request was done and DELETE names the object, or DELETE voided the key and
// the request was refused.
func raceVoid(t *testing.T, w *world) {
	t.Helper()
	count := map[string]int{}
	for i := range 40 {
		k, name := newKey(), fmt.Sprintf("raced %d", i)
		var create, void reply
		var both sync.WaitGroup
		first, second := func() { create = w.do("POST", "/suites", fields{"name": name}, key(k)) },
			func() { void = w.do("DELETE", "/idempotent-result", nil, key(k)) }
		if i%2 == 1 {
			first, second = second, first
		}
		both.Go(first)
		both.Go(second)
		both.Wait()
		exists := len(w.want(200, "GET", "/suites?name="+fmt.Sprintf("raced%%20%d", i), nil).items()) == 1
		switch {
		case create.status == 201 && void.status == 200 && void.id() == create.id() && exists:
			count["created and reported"]++
		case create.status == 409 && create.problem() == "key-void" && void.status == 404 && !exists:
			count["voided and refused"]++
		default:
			t.Errorf("create %d %s, void %d %s, exists %v", create.status, create.raw, void.status, void.raw, exists)
		}
	}
	t.Log(count)
}

func TestIdempotency_VoidingRacesWithTheRequest(t *testing.T) {
	t.Parallel()
	raceVoid(t, newWorld(t))
}
