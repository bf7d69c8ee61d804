package management_test

import (
	"testing"
	"time"
)

// withoutSecret are the settings of an application without a client secret.
func withoutSecret(more fields) fields {
	return with(fields{
		"authenticatorType": "authorization_code_pkce", "redirectUrls": []string{"https://a.example/cb"},
		"clientAuthentication": "none",
	}, more)
}

func TestPublicClient_HasNoSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := with(applicationIn(w.suite, w.project), withoutSecret(nil))
	key := header("Idempotency-Key", "0123456789abcdef")
	made := w.want(201, "POST", "/applications", body, key)
	if _, shown := made.body["clientSecret"]; shown || made.str("clientAuthentication") != "none" || made.body["secretVersion"] != 0.0 {
		t.Errorf("made %s", made.raw)
	}
	if again := w.want(201, "POST", "/applications", body, key); again.raw != made.raw {
		t.Errorf("the same request again: %s", again.raw)
	}
	if current, previous, _ := w.secretHash(made.id()); current != "" || previous != "" {
		t.Error("it has a secret in the store")
	}
	path := "/applications/" + made.id()
	if read := w.want(200, "GET", path, nil); read.raw != made.raw {
		t.Errorf("read %s", read.raw)
	}
	for _, body := range []fields{{}, {"clientSecret": givenSecret}, {"previousSecretExpiresIn": 60}} {
		if got := w.want(409, "POST", path+"/secret", body, header("Idempotency-Key", "fedcba9876543210")); got.problem() != "no-client-secret" {
			t.Errorf("rotation %v: %s", body, got.raw)
		}
	}
	if got := w.want(412, "POST", path+"/secret", fields{}, header("If-Match", `"other"`)); got.problem() != "precondition-failed" {
		t.Errorf("rotation of what has changed: %s", got.raw)
	}
}

func TestPublicClient_RefusedFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, tc := range map[string]struct {
		more     fields
		pointers string
	}{
		"a secret":                {fields{"clientSecret": givenSecret}, "/clientSecret"},
		"introspection":           {fields{"introspectionAccess": true}, "/introspectionAccess"},
		"the authorization flow":  {fields{"authenticatorType": "authorization_code"}, "/clientAuthentication"},
		"user credentials":        {fields{"authenticatorType": "user_credentials", "redirectUrls": []string{}}, "/clientAuthentication"},
		"client credentials":      {fields{"authenticatorType": "client_credentials", "redirectUrls": []string{}}, "/clientAuthentication"},
		"another method":          {fields{"clientAuthentication": "private_key_jwt"}, "/clientAuthentication"},
		"no truth value":          {fields{"introspectionAccess": "yes"}, "/introspectionAccess"},
		"a secret and the access": {fields{"clientSecret": givenSecret, "introspectionAccess": true}, "/introspectionAccess /clientSecret"},
	} {
		if got := w.want(400, "POST", "/applications", with(applicationIn(w.suite, w.project), withoutSecret(tc.more))); got.problem() != "invalid-request" || got.pointers() != tc.pointers {
			t.Errorf("%s: %s", name, got.raw)
		}
	}
	for name, more := range map[string]fields{
		"the authorization flow": {"authenticatorType": "authorization_code", "clientAuthentication": "secret"},
		"user credentials":       {"authenticatorType": "user_credentials", "redirectUrls": []string{}, "clientAuthentication": "secret"},
	} {
		app := w.newApplication(w.suite, w.project, withoutSecret(more))
		if got := w.want(400, "PATCH", "/applications/"+app.id(), fields{"clientAuthentication": "none"}); got.pointers() != "/clientAuthentication" {
			t.Errorf("%s: %s", name, got.raw)
		}
		if current, _, _ := w.secretHash(app.id()); current != hashOf(app.str("clientSecret")) {
			t.Errorf("%s: a refused change took the secret", name)
		}
	}
}

func TestPublicClient_IsChangedInPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.newApplication(w.suite, w.project, withoutSecret(fields{"clientAuthentication": "secret"}))
	user, path := w.newUser(w.suite, w.project, "system_user"), "/applications/"+app.id()
	w.assign(app, user)
	key := header("Idempotency-Key", "0123456789abcdef")
	rotated := w.want(200, "POST", path+"/secret", fields{"previousSecretExpiresIn": 3600}, key)
	confidential := w.family(app, user)

	stale := w.want(412, "PATCH", path, fields{"clientAuthentication": "none"}, header("If-Match", app.etag()))
	if current, _, _ := w.secretHash(app.id()); current == "" || !w.alive(confidential) {
		t.Errorf("a refused change had an effect: %s", stale.raw)
	}
	public := w.want(200, "PATCH", path, fields{"clientAuthentication": "none"}, header("If-Match", rotated.etag()))
	if public.str("clientAuthentication") != "none" || public.body["secretVersion"] != 0.0 || public.etag() == rotated.etag() {
		t.Errorf("to none: %s", public.raw)
	}
	if current, previous, ends := w.secretHash(app.id()); current != "" || previous != "" || !ends.Equal(time.Time{}) {
		t.Error("a secret stays in the store")
	}
	if w.alive(confidential) {
		t.Error("tokens that needed a secret go on without one")
	}
	if same := w.want(200, "PATCH", path, fields{"clientAuthentication": "none"}); same.raw != public.raw {
		t.Errorf("to none again: %s", same.raw)
	}
	if again := w.want(200, "POST", path+"/secret", fields{"previousSecretExpiresIn": 3600}, key); again.raw != rotated.raw {
		t.Errorf("the rotation again, under its key: %s", again.raw)
	}

	sinceThen := w.family(app, user)
	back := w.want(200, "PATCH", path, `{"clientAuthentication":null}`)
	if _, shown := back.body["clientSecret"]; shown || back.str("clientAuthentication") != "secret" || back.body["secretVersion"] != 0.0 {
		t.Errorf("to secret: %s", back.raw)
	}
	if current, _, _ := w.secretHash(app.id()); current != "" {
		t.Error("a change to secret made one")
	}
	set := w.want(200, "POST", path+"/secret", fields{"clientSecret": givenSecret, "previousSecretExpiresIn": 3600})
	current, previous, _ := w.secretHash(app.id())
	if set.body["secretVersion"] != 3.0 || current != hashOf(givenSecret) || previous != "" {
		t.Errorf("the secret after that: %s", set.raw)
	}
	if !w.alive(sinceThen) {
		t.Error("a change to secret ended tokens")
	}
}

func TestIntrospectionAccess_NeedsAnApplicationThatAuthenticates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.newApplication(w.suite, w.project, withoutSecret(fields{"clientAuthentication": "secret", "introspectionAccess": true}))
	path := "/applications/" + app.id()
	if app.body["introspectionAccess"] != true {
		t.Errorf("made %s", app.raw)
	}
	if got := w.want(400, "PATCH", path, fields{"clientAuthentication": "none"}); got.pointers() != "/introspectionAccess" {
		t.Errorf("to none: %s", got.raw)
	}
	public := w.want(200, "PATCH", path, `{"clientAuthentication":"none","introspectionAccess":null}`)
	if public.body["introspectionAccess"] != false || public.etag() == app.etag() {
		t.Errorf("both at once: %s", public.raw)
	}
	if got := w.want(400, "PATCH", path, fields{"introspectionAccess": true}); got.pointers() != "/introspectionAccess" {
		t.Errorf("access for none: %s", got.raw)
	}
	w.want(200, "PATCH", path, fields{"clientAuthentication": "secret", "introspectionAccess": true})
}
