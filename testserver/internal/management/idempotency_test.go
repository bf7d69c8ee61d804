package management_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func key(k string) option { return header("Idempotency-Key", k) }

func newKey() string { return random.Token(24) }

func TestIdempotency_SameKeyAndBodyReplays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := newKey()
	body := applicationIn(w.suite, w.project)
	first := w.want(201, "POST", "/applications", body, key(k))
	if first.header.Get("Idempotency-Replayed") != "" || first.str("clientSecret") == "" {
		t.Errorf("first: %s", first.raw)
	}
	w.want(200, "PATCH", "/applications/"+first.id(), fields{"accessTokenLifespan": 60})
	again := w.want(201, "POST", "/applications", body, key(k))
	if again.raw != first.raw || again.header.Get("Idempotency-Replayed") != "true" || again.header.Get("ETag") != first.etag() {
		t.Errorf("again: %v %s\nfirst: %s", again.header, again.raw, first.raw)
	}
	respelled := fmt.Sprintf(`{ "projectId":%q, "suiteId":%q,
		"name":%q, "authenticatorType":"user_credentials" }`, w.project, w.suite, body["name"])
	if got := w.want(201, "POST", "/applications", respelled, key(k)); got.raw != first.raw {
		t.Errorf("the same body in another spelling: %s", got.raw)
	}
	if list := w.want(200, "GET", "/applications", nil); list.body["total"] != 1.0 {
		t.Errorf("there are %v applications", list.body["total"])
	}
}

func TestIdempotency_EveryPostReplays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	application, user := w.newApplication(w.suite, w.project, nil), w.newUser(w.suite, w.project, "system_user")
	for _, tc := range []struct {
		path   string
		body   any
		status int
	}{
		{"/suites", fields{"name": "n"}, 201},
		{"/projects", fields{"name": "n", "suiteId": w.suite}, 201},
		{"/applications", applicationIn(w.suite, w.project), 201},
		{"/users", with(userIn(w.suite, w.project, "system_user"), fields{"password": "correct horse"}), 201},
		{"/applications/" + application.id() + "/secret", fields{"previousSecretExpiresIn": 60}, 200},
		{"/users/" + user.id() + "/password", fields{"password": "correct horse"}, 204},
		{"/token-revocations", fields{"userId": user.id()}, 204},
		{"/signing-keys/rotate", nil, 200},
	} {
		k := newKey()
		first := w.want(tc.status, "POST", tc.path, tc.body, key(k))
		again := w.want(tc.status, "POST", tc.path, tc.body, key(k))
		if again.raw != first.raw || again.header.Get("Idempotency-Replayed") != "true" || first.header.Get("Idempotency-Replayed") != "" {
			t.Errorf("%s: got %v %s, first %s", tc.path, again.header, again.raw, first.raw)
		}
	}
	if a := w.want(200, "GET", "/applications/"+application.id(), nil); a.body["secretVersion"] != 2.0 {
		t.Errorf("the secret was rotated %v times", a.body["secretVersion"])
	}
}

func TestIdempotency_RotationReplaysWithTheOldEtag(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	application, k := w.newApplication(w.suite, w.project, nil), newKey()
	path := "/applications/" + application.id() + "/secret"
	first := w.want(200, "POST", path, fields{}, key(k), header("If-Match", application.etag()))
	again := w.want(200, "POST", path, fields{}, key(k), header("If-Match", application.etag()))
	if again.raw != first.raw {
		t.Errorf("got %s, want %s", again.raw, first.raw)
	}
	w.want(412, "POST", path, fields{}, key(newKey()), header("If-Match", application.etag()))
}

func TestIdempotency_AnotherRequestIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := newKey()
	a, b := w.newApplication(w.suite, w.project, nil), w.newApplication(w.suite, w.project, nil)
	w.want(200, "POST", "/applications/"+a.id()+"/secret", fields{}, key(k))
	for _, tc := range []struct {
		path string
		body any
	}{
		{"/applications/" + a.id() + "/secret", fields{"previousSecretExpiresIn": 1}},
		{"/applications/" + b.id() + "/secret", fields{}},
		{"/suites", fields{"name": "n"}},
		{"/signing-keys/rotate", nil},
	} {
		got := w.do("POST", tc.path, tc.body, key(k))
		if got.status != 422 || got.problem() != "idempotency-key-reused" || got.pointers() != "Idempotency-Key" || strings.Contains(got.raw, k) {
			t.Errorf("%s: got %d %s", tc.path, got.status, got.raw)
		}
	}
}

func TestIdempotency_KeysBelongToTheirCaller(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.newUser(w.suite, w.project, "super_admin")
	k := newKey()
	mine := w.want(201, "POST", "/suites", fields{"name": "mine"}, key(k))
	w.want(404, "GET", "/idempotent-result", nil, key(k), as(tokenOf(other)))
	theirs := w.want(201, "POST", "/suites", fields{"name": "theirs"}, key(k), as(tokenOf(other)))
	if theirs.id() == mine.id() || theirs.header.Get("Idempotency-Replayed") != "" {
		t.Errorf("got %s", theirs.raw)
	}
	for token, want := range map[string]string{w.root: mine.id(), tokenOf(other): theirs.id()} {
		if got := w.want(200, "GET", "/idempotent-result", nil, key(k), as(token)); got.id() != want {
			t.Errorf("got %s, want %s", got.raw, want)
		}
	}
}

func TestIdempotency_RefusalsAreNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := newKey()
	taken := w.want(201, "POST", "/suites", fields{"name": "n"})
	w.want(409, "POST", "/suites", fields{"name": "n"}, key(k))
	w.want(404, "GET", "/idempotent-result", nil, key(k))
	w.want(204, "DELETE", "/suites/"+taken.id(), nil)
	w.want(201, "POST", "/suites", fields{"name": "n"}, key(k))
}

func TestIdempotency_AReplayShowsWhatTheCallerCanRead(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	by := as(p.admin)
	application, user := newKey(), newKey()
	applicationBody, userBody := applicationIn(p.suite, p.project), userIn(p.suite, p.project, "system_user")
	made := p.want(201, "POST", "/applications", applicationBody, by, key(application))
	member := p.want(201, "POST", "/users", userBody, by, key(user))
	p.want(200, "PATCH", "/applications/"+made.id(), fields{"suiteId": p.otherSuite, "projectId": p.otherProject})
	p.want(200, "PATCH", "/users/"+member.id(), fields{"suiteId": p.otherSuite, "projectId": p.otherProject})
	for path, again := range map[string]reply{
		"/applications": p.do("POST", "/applications", applicationBody, by, key(application)),
		"/users":        p.do("POST", "/users", userBody, by, key(user)),
	} {
		if again.status != 404 || again.problem() != "not-found" || strings.Contains(again.raw, "clientSecret") {
			t.Errorf("%s: got %d %s", path, again.status, again.raw)
		}
	}
	p.want(200, "PATCH", "/applications/"+made.id(), fields{"suiteId": p.suite, "projectId": p.project})
	if again := p.want(201, "POST", "/applications", applicationBody, by, key(application)); again.raw != made.raw {
		t.Errorf("once it is back: %s", again.raw)
	}
}

func TestIdempotency_EndsAfterADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := newKey()
	first := w.want(201, "POST", "/suites", fields{"name": "n"}, key(k))
	w.advance(24*time.Hour - time.Minute)
	if got := w.want(201, "POST", "/suites", fields{"name": "n"}, key(k)); got.id() != first.id() {
		t.Errorf("within a day: %s", got.raw)
	}
	w.advance(2 * time.Minute)
	for range 2 { // before the sweep and after it
		if got := w.want(409, "POST", "/suites", fields{"name": "n"}, key(k)); got.problem() != "response-expired" || got.pointers() != "Idempotency-Key" {
			t.Errorf("after a day: %s", got.raw)
		}
		if got := w.want(422, "POST", "/suites", fields{"name": "m"}, key(k)); got.problem() != "idempotency-key-reused" {
			t.Errorf("after a day, with another body: %s", got.raw)
		}
		for _, method := range []string{"GET", "DELETE"} {
			if got := w.want(200, method, "/idempotent-result", nil, key(k)); got.id() != first.id() {
				t.Errorf("after a day: %s", got.raw)
			}
		}
		w.sweep()
	}
	w.want(204, "DELETE", "/suites/"+first.id(), nil)
	w.want(404, "GET", "/idempotent-result", nil, key(k))
}

func TestIdempotency_WithoutAnObjectAKeyIsForgottenAfterADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := newKey()
	body := fields{"userId": w.newUser(w.suite, w.project, "system_user").id()}
	w.want(204, "POST", "/token-revocations", body, key(k))
	w.want(404, "DELETE", "/idempotent-result", nil, key(k))
	if got := w.want(204, "POST", "/token-revocations", body, key(k)); got.header.Get("Idempotency-Replayed") != "true" {
		t.Error("a key that was used has been voided")
	}
	w.advance(25 * time.Hour)
	if got := w.want(204, "POST", "/token-revocations", body, key(k)); got.header.Get("Idempotency-Replayed") != "" {
		t.Error("replayed after a day")
	}
}

func TestIdempotency_EndsWithTheObject(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, body := range map[string]fields{
		"/suites": {"name": "n"}, "/projects": {"name": "n", "suiteId": w.suite},
		"/applications": applicationIn(w.suite, w.project), "/users": userIn(w.suite, w.project, "system_user"),
	} {
		k := newKey()
		first := w.want(201, "POST", path, body, key(k))
		w.want(204, "DELETE", path+"/"+first.id(), nil)
		w.want(404, "GET", "/idempotent-result", nil, key(k))
		again := w.want(201, "POST", path, body, key(k))
		if again.id() == first.id() || again.header.Get("Idempotency-Replayed") != "" {
			t.Errorf("%s: got %s", path, again.raw)
		}
	}
}

func TestIdempotentResult(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, body := range map[string]fields{
		"/suites": {"name": "n"}, "/projects": {"name": "n", "suiteId": w.suite},
		"/applications": applicationIn(w.suite, w.project), "/users": userIn(w.suite, w.project, "system_user"),
	} {
		k := newKey()
		made := w.want(201, "POST", path, body, key(k))
		got := w.want(200, "GET", "/idempotent-result", nil, key(k))
		if got.id() != made.id() || "/"+got.str("type")+"s" != path {
			t.Errorf("%s: got %s", path, got.raw)
		}
	}
	k := newKey()
	w.want(404, "GET", "/idempotent-result", nil, key(k))
	application := w.newApplication(w.suite, w.project, nil)
	w.want(200, "POST", "/applications/"+application.id()+"/secret", fields{}, key(k))
	if got := w.want(200, "GET", "/idempotent-result", nil, key(k)); got.str("type") != "application" || got.id() != application.id() {
		t.Errorf("of a rotation: %s", got.raw)
	}
	w.want(400, "GET", "/idempotent-result", nil)
}

func TestIdempotency_ConcurrentUseMakesOne(t *testing.T) {
	t.Parallel()
	concurrentUse(t, newWorld(t))
}

func concurrentUse(t *testing.T, w *world) {
	t.Helper()
	body, k := applicationIn(w.suite, w.project), newKey()
	var mu sync.Mutex
	responses, replayed := map[string]int{}, 0
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			got := w.do("POST", "/applications", body, key(k))
			mu.Lock()
			defer mu.Unlock()
			responses[fmt.Sprint(got.status, got.raw)]++
			if got.header.Get("Idempotency-Replayed") == "true" {
				replayed++
			}
		})
	}
	all.Wait()
	if len(responses) != 1 || replayed != 7 {
		t.Errorf("%d replays, responses %v", replayed, responses)
	}
}

func TestIdempotency_NoSecretLiesInTheStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	st, err := store.Open(t.Context(), store.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	w := newWorldOn(t, st)
	k, pw := newKey(), "correct horse battery"
	made := w.want(201, "POST", "/applications", applicationIn(w.suite, w.project), key(k))
	w.want(201, "POST", "/users", with(userIn(w.suite, w.project, "system_user"), fields{"password": pw}), key(newKey()))
	var all []byte
	for _, name := range []string{"atm.db", "atm.db-wal"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	if !bytes.Contains(all, []byte(made.id())) {
		t.Fatal("the files do not hold the application at all")
	}
	for what, secret := range map[string]string{"idempotency key": k, "client secret": made.str("clientSecret"), "password": pw} {
		if bytes.Contains(all, []byte(secret)) {
			t.Errorf("the files hold the %s", what)
		}
	}
}
