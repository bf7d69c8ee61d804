package management_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestRequests_UnknownPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/nothing", "", "/", "/suites/a/b", "/suites/", "/applications/x/secret/y"} {
		if got := w.want(404, "GET", path, nil); got.problem() != "unknown-path" || got.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%q: %s", path, got.raw)
		}
	}
}

func TestRequests_UnknownMethod(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, allow := range map[string]string{
		"/suites": "GET, POST", "/suites/x": "GET, PATCH, DELETE", "/applications/x/secret": "POST",
		"/applications/x/users": "PATCH", "/applications/x/users/y": "GET, PUT, DELETE", "/signing-keys": "GET",
	} {
		for _, method := range []string{"PUT", "POST", "HEAD", "TRACE"} {
			if strings.Contains(allow, method) {
				continue
			}
			r := w.do(method, path, nil)
			if r.status != 405 || r.header.Get("Allow") != allow {
				t.Errorf("%s %s: got %d, Allow %q, want %q", method, path, r.status, r.header.Get("Allow"), allow)
			}
			if r.raw != "" && r.problem() != "method-not-allowed" {
				t.Errorf("%s %s: %s", method, path, r.raw)
			}
		}
	}
}

func TestRequests_Authentication(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	disabled := w.newUser(w.suite, w.project, "super_admin")
	w.want(200, "PATCH", "/users/"+disabled.id(), fields{"enabled": false})
	rootID := strings.TrimPrefix(w.root, "user ")
	for _, tc := range []struct {
		name, authorization string
		status              int
		problem, challenge  string
	}{
		{"none", "", 401, "unauthorized", `Bearer realm="ATM"`},
		{"another scheme", "Basic dXNlcjpwYXNz", 401, "unauthorized", `error="invalid_token"`},
		{"no token", "Bearer ", 401, "unauthorized", `error="invalid_token"`},
		{"not valid", "Bearer nonsense", 401, "unauthorized", `error="invalid_token"`},
		{"user is gone", "Bearer user nobody", 401, "unauthorized", `error="invalid_token"`},
		{"user is disabled", "Bearer " + tokenOf(disabled), 401, "unauthorized", `error="invalid_token"`},
		{"no management access", "Bearer plain " + rootID, 403, "forbidden", `error="insufficient_scope"`},
		{"no user", "Bearer machine ", 403, "forbidden", `error="insufficient_scope"`},
		{"scheme in lower case", "bearer " + w.root, 200, "", ""},
	} {
		got := w.do("GET", "/suites", nil, func(r *http.Request) {
			r.Header.Del("Authorization")
			if tc.authorization != "" {
				r.Header.Set("Authorization", tc.authorization)
			}
		})
		if got.status != tc.status || got.problem() != tc.problem || !strings.Contains(got.header.Get("WWW-Authenticate"), tc.challenge) {
			t.Errorf("%s: got %d %q %s", tc.name, got.status, got.header.Get("WWW-Authenticate"), got.raw)
		}
		if tc.name == "none" && strings.Contains(got.header.Get("WWW-Authenticate"), "error") {
			t.Errorf("a request without a token gets an error code: %q", got.header.Get("WWW-Authenticate"))
		}
	}
	got := w.do("GET", "/suites", nil, func(r *http.Request) { r.Header.Add("Authorization", "Bearer second") })
	if got.status != 401 {
		t.Errorf("two Authorization headers: got %d", got.status)
	}
	if got := w.do("GET", "/suites?access_token="+rootID, nil, func(r *http.Request) { r.Header.Del("Authorization") }); got.status != 401 {
		t.Errorf("a token in the query: got %d", got.status)
	}
}

func TestRequests_RoleIsReadAtEachRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user := w.newUser(w.suite, w.project, "super_admin")
	w.want(201, "POST", "/suites", fields{"name": "first"}, as(tokenOf(user)))
	w.want(200, "PATCH", "/users/"+user.id(), fields{"role": "system_user"})
	w.want(403, "POST", "/suites", fields{"name": "second"}, as(tokenOf(user)))
	w.want(200, "PATCH", "/users/"+user.id(), fields{"enabled": false})
	w.want(401, "GET", "/suites", nil, as(tokenOf(user)))
	w.want(204, "DELETE", "/users/"+user.id(), nil)
	w.want(401, "GET", "/suites", nil, as(tokenOf(user)))
}

func TestRequests_Malformed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct {
		name, method, path, body string
		options                  []option
		status                   int
		problem, pointers        string
	}{
		{"unknown field", "POST", "/suites", `{"name":"n","colour":"red"}`, nil, 400, "invalid-request", "/colour"},
		{"unknown field in an item", "PATCH", "/applications/x/users", `{"set":[{"userId":"u","x":1}]}`, nil, 400, "invalid-request", "/set/0/x"},
		{"no JSON", "POST", "/suites", `{`, nil, 400, "invalid-request", ""},
		{"empty", "POST", "/suites", ``, nil, 400, "invalid-request", ""},
		{"content type", "POST", "/suites", `{"name":"n"}`, []option{header("Content-Type", "text/plain")}, 415, "unsupported-media-type", ""},
		{"no content type", "POST", "/suites", `{"name":"n"}`, []option{header("Content-Type", "")}, 415, "unsupported-media-type", ""},
		{"a patch as plain JSON", "PATCH", "/suites/x", `{"name":"n"}`, []option{header("Content-Type", "application/json")}, 415, "unsupported-media-type", ""},
		{"too large", "POST", "/suites", `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, nil, 413, "payload-too-large", ""},
		{"limit", "GET", "/suites?limit=501", "", nil, 400, "invalid-request", "limit"},
		{"unknown parameter", "GET", "/suites?names=x", "", nil, 400, "invalid-request", "names"},
		{"filter of another resource", "GET", "/suites?suiteId=x", "", nil, 400, "invalid-request", "suiteId"},
		{"too many ids", "GET", "/suites?ids=" + strings.Repeat("x,", 200) + "x", "", nil, 400, "invalid-request", "ids"},
		{"empty filter", "GET", "/applications?suiteId=", "", nil, 400, "invalid-request", "suiteId"},
		{"type filter", "GET", "/applications?authenticatorType=saml", "", nil, 400, "invalid-request", "authenticatorType"},
		{"cursor", "GET", "/suites?cursor=nonsense", "", nil, 400, "invalid-request", "cursor"},
		{"query", "GET", "/suites?name=%zz", "", nil, 400, "invalid-request", ""},
		{"short key", "POST", "/suites", `{"name":"n"}`, []option{header("Idempotency-Key", "short")}, 400, "invalid-request", "Idempotency-Key"},
		{"nothing to revoke", "POST", "/token-revocations", `{}`, nil, 400, "invalid-request", ""},
		{"if-none-match with a tag", "PUT", "/applications/x/users/y", `{}`, []option{header("If-None-Match", `"x"`)}, 400, "invalid-request", "If-None-Match"},
		{"beyond the type", "POST", "/applications", `{"name":"n","suiteId":"s","projectId":"p","authenticatorType":"user_credentials","accessTokenLifespan":1e300}`,
			nil, 400, "invalid-request", "/accessTokenLifespan"},
	} {
		var body any
		if tc.body != "" || tc.method != "GET" {
			body = tc.body
		}
		got := w.do(tc.method, tc.path, body, tc.options...)
		if got.status != tc.status || got.problem() != tc.problem || got.pointers() != tc.pointers {
			t.Errorf("%s: got %d %s", tc.name, got.status, got.raw)
		}
	}
}

func TestRequests_IdsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, id := range []string{"%00", "%ff", "a%2Fb", "..%2F..", strings.Repeat("x", 5000), "%E2%82%AC"} {
		w.want(404, "GET", "/suites/"+id, nil)
		w.want(404, "DELETE", "/applications/"+id, nil)
		w.want(404, "PUT", "/applications/"+id+"/users/"+id, fields{})
	}
}

func TestRequests_RequestID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.do("GET", "/nothing", nil, header("X-Request-Id", "build-42"))
	if got.header.Get("X-Request-Id") != "build-42" || got.str("instance") != "urn:atm:request:build-42" {
		t.Errorf("got %q, %s", got.header.Get("X-Request-Id"), got.raw)
	}
	if got := w.do("GET", "/suites", nil, header("X-Request-Id", "no good")); got.header.Get("X-Request-Id") == "no good" {
		t.Error("an id with a space is kept")
	}
}

func TestRequests_FaultsOfTheServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	broken := w.do("GET", "/suites", nil, as("broken"))
	if broken.status != 500 || broken.problem() != "internal" || strings.Contains(broken.raw, "verifier") {
		t.Errorf("got %d %s", broken.status, broken.raw)
	}
	if log := w.log.String(); !strings.Contains(log, "the verifier is broken") || !strings.Contains(log, broken.header.Get("X-Request-Id")) {
		t.Errorf("the log says %q", log)
	}
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	gone := w.do("GET", "/suites", nil)
	if gone.status != 503 || gone.problem() != "unavailable" || gone.header.Get("Retry-After") != "1" {
		t.Errorf("without a store: got %d %s", gone.status, gone.raw)
	}
}

func TestRequests_ResponsesAreNotCached(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/suites", "/suites/" + w.suite, "/nothing"} {
		if got := w.do("GET", path, nil); got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: Cache-Control %q", path, got.header.Get("Cache-Control"))
		}
	}
}
