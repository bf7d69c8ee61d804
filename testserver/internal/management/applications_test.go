package management_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

const givenSecret = "480nulBeBGqJDoAOADC0CW2frGTDVEmq"

func (w *world) secretHash(id string) (current, previous string, previousEnds time.Time) {
	w.t.Helper()
	a, err := w.store.Direct(w.t.Context()).Application(id)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(a.SecretHash), string(a.PreviousSecretHash), a.PreviousSecretExpiresAt
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return string(sum[:])
}

func TestApplication_CreateWithDefaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	suite, project := w.newSuite()
	made := w.newApplication(suite, project, nil)
	for field, want := range map[string]any{
		"suiteId": suite, "projectId": project, "authenticatorType": "user_credentials", "secretVersion": 1.0,
		"accessTokenLifespan": 600.0, "refreshTokenLifespan": 86400.0, "refreshTokenGracePeriod": 0.0,
		"managementAccess": false, "clientAuthentication": "secret", "introspectionAccess": false,
	} {
		if made.body[field] != want {
			t.Errorf("%s is %v, want %v", field, made.body[field], want)
		}
	}
	if len(made.id()) != 21 || len(made.str("clientId")) != 20 || len(made.str("clientSecret")) != 32 {
		t.Errorf("shapes: %s", made.raw)
	}
	if fmt.Sprint(made.body["redirectUrls"], made.body["allowedOrigins"]) != "[] []" {
		t.Errorf("lists: %s", made.raw)
	}
	if hash, _, _ := w.secretHash(made.id()); hash != hashOf(made.str("clientSecret")) {
		t.Error("the stored hash is not the generated secret's")
	}
	read := w.want(200, "GET", "/applications/"+made.id(), nil)
	if _, shown := read.body["clientSecret"]; shown || read.etag() != made.etag() || read.header.Get("ETag") != made.etag() {
		t.Errorf("read %s", read.raw)
	}
}

func TestApplication_GivenSecretIsNotEchoed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.newApplication(w.suite, w.project, fields{"clientSecret": givenSecret})
	if strings.Contains(made.raw, givenSecret) || made.body["clientSecret"] != nil {
		t.Errorf("echoed: %s", made.raw)
	}
	if hash, _, _ := w.secretHash(made.id()); hash != hashOf(givenSecret) {
		t.Error("the stored hash is not the given secret's")
	}
}

func TestApplication_RefusedFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const auth = "authorization_code"
	for _, tc := range []struct {
		name    string
		changes fields
		pointer string
	}{
		{"few different characters", fields{"clientSecret": strings.Repeat("abcdefghijk", 4)}, "/clientSecret"},
		{"short secret", fields{"clientSecret": givenSecret[1:]}, "/clientSecret"},
		{"redirect for user credentials", fields{"redirectUrls": []string{"https://a.example/cb"}}, "/redirectUrls"},
		{"redirect for client credentials", fields{"authenticatorType": "client_credentials", "redirectUrls": []string{"https://a.example/cb"}}, "/redirectUrls"},
		{"no redirect for the code flow", fields{"authenticatorType": auth}, "/redirectUrls"},
		{"empty redirect for the PKCE flow", fields{"authenticatorType": auth + "_pkce", "redirectUrls": []string{}}, "/redirectUrls"},
		{"relative", fields{"authenticatorType": auth, "redirectUrls": []string{"https://a.example/cb", "/cb"}}, "/redirectUrls/1"},
		{"fragment", fields{"authenticatorType": auth, "redirectUrls": []string{"https://a.example/#x"}}, "/redirectUrls/0"},
		{"script", fields{"authenticatorType": auth, "redirectUrls": []string{"javascript:alert(1)"}}, "/redirectUrls/0"},
		{"origin with a path", fields{"allowedOrigins": []string{"*", "https://a.example/x"}}, "/allowedOrigins/1"},
		{"short access token", fields{"accessTokenLifespan": 59}, "/accessTokenLifespan"},
		{"long access token", fields{"accessTokenLifespan": 86401}, "/accessTokenLifespan"},
		{"short refresh token", fields{"refreshTokenLifespan": 299}, "/refreshTokenLifespan"},
		{"long refresh token", fields{"refreshTokenLifespan": 31536001}, "/refreshTokenLifespan"},
		{"long grace", fields{"refreshTokenGracePeriod": 61}, "/refreshTokenGracePeriod"},
		{"read-only field", fields{"clientId": "x"}, "/clientId"},
		{"no name", fields{"name": nil}, "/name"},
		{"no such suite", fields{"suiteId": "nothing"}, "/suiteId"},
		{"no such project", fields{"projectId": "nothing"}, "/projectId"},
		{"several", fields{"clientSecret": givenSecret[1:] + "é", "accessTokenLifespan": 1}, "/accessTokenLifespan /clientSecret"},
	} {
		got := w.do("POST", "/applications", with(applicationIn(w.suite, w.project), tc.changes))
		if got.status != 400 || got.problem() != "invalid-request" || got.pointers() != tc.pointer {
			t.Errorf("%s: got %d %s, want %s", tc.name, got.status, got.raw, tc.pointer)
		}
	}
}

func TestApplication_ProjectBelongsToSuite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	suite, _ := w.newSuite()
	if got := w.want(400, "POST", "/applications", applicationIn(suite, w.project)); got.pointers() != "/projectId" {
		t.Errorf("create: %s", got.raw)
	}
	made := w.newApplication(w.suite, w.project, nil)
	if got := w.want(400, "PATCH", "/applications/"+made.id(), fields{"suiteId": suite}); got.pointers() != "/projectId" {
		t.Errorf("moving only the suite: %s", got.raw)
	}
	other := w.newProject(suite)
	moved := w.want(200, "PATCH", "/applications/"+made.id(), fields{"suiteId": suite, "projectId": other})
	if moved.str("suiteId") != suite || moved.str("projectId") != other {
		t.Errorf("moved: %s", moved.raw)
	}
}

func TestApplication_OriginsAreNormalised(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	origins := []string{"HTTPS://B.example:443", "http://a.example:80", "https://b.example"}
	made := w.newApplication(w.suite, w.project, fields{"allowedOrigins": origins})
	if got := fmt.Sprint(made.body["allowedOrigins"]); got != "[http://a.example https://b.example]" {
		t.Errorf("got %s", got)
	}
	same := w.want(200, "PATCH", "/applications/"+made.id(), fields{"allowedOrigins": []string{"https://B.example", "http://a.example"}})
	if same.etag() != made.etag() {
		t.Error("the same origins in other words change the etag")
	}
}

func TestApplication_MergePatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.newApplication(w.suite, w.project, fields{
		"authenticatorType": "authorization_code", "redirectUrls": []string{"https://a.example/1", "https://a.example/2"},
		"allowedOrigins": []string{"*"}, "accessTokenLifespan": 60, "refreshTokenLifespan": 300,
		"refreshTokenGracePeriod": 10, "managementAccess": true, "introspectionAccess": true,
	})
	path := "/applications/" + made.id()
	changed := w.want(200, "PATCH", path, fields{"accessTokenLifespan": 120})
	want := with(made.body, fields{"clientSecret": nil, "accessTokenLifespan": 120.0, "etag": changed.etag(), "updatedAt": changed.str("updatedAt")})
	if fmt.Sprint(changed.body) != fmt.Sprint(want) {
		t.Errorf("one field: got\n%v\nwant\n%v", changed.body, want)
	}
	defaults := w.want(200, "PATCH", path, `{"allowedOrigins":null,"accessTokenLifespan":null,"refreshTokenLifespan":null,
		"refreshTokenGracePeriod":null,"managementAccess":null,"clientAuthentication":null,"introspectionAccess":null}`)
	if got := fmt.Sprint(defaults.body["allowedOrigins"], defaults.body["accessTokenLifespan"], defaults.body["refreshTokenLifespan"],
		defaults.body["refreshTokenGracePeriod"], defaults.body["managementAccess"], defaults.body["clientAuthentication"],
		defaults.body["introspectionAccess"]); got != "[] 600 86400 0 falsesecretfalse" {
		t.Errorf("null: got %s", got)
	}
	same := w.want(200, "PATCH", path, fields{"redirectUrls": []string{"https://a.example/2", "https://a.example/1"}, "accessTokenLifespan": 600})
	if same.raw != defaults.raw {
		t.Errorf("the same in another order: got\n%s\nwant\n%s", same.raw, defaults.raw)
	}
	if got := w.want(400, "PATCH", path, `{"redirectUrls":null}`); got.pointers() != "/redirectUrls" {
		t.Errorf("null for what the flow needs: %s", got.raw)
	}
	for _, field := range []string{"authenticatorType", "clientId", "clientSecret", "id", "etag"} {
		if got := w.want(400, "PATCH", path, fields{field: "x"}); got.pointers() != "/"+field {
			t.Errorf("%s: %s", field, got.raw)
		}
	}
	for _, field := range []string{"name", "suiteId", "projectId"} {
		if got := w.want(400, "PATCH", path, `{"`+field+`":null}`); got.pointers() != "/"+field {
			t.Errorf("%s null: %s", field, got.raw)
		}
	}
}

func TestApplication_NameIsUniqueInProject(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.newApplication(w.suite, w.project, fields{"name": "Import"})
	taken := w.want(409, "POST", "/applications", with(applicationIn(w.suite, w.project), fields{"name": "Import"}))
	if existing, _ := taken.body["existing"].(map[string]any); taken.problem() != "name-taken" || existing["id"] != first.id() {
		t.Errorf("got %s", taken.raw)
	}
	w.newApplication(w.suite, w.newProject(w.suite), fields{"name": "Import"})
	w.newApplication(w.suite, w.project, fields{"name": "import"})
}

func TestApplication_WithUsersIsNotDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	application, user := w.newApplication(w.suite, w.project, nil), w.newUser(w.suite, w.project, "system_user")
	w.assign(application, user)
	if got := w.want(409, "DELETE", "/applications/"+application.id(), nil); got.problem() != "application-has-users" {
		t.Errorf("got %s", got.raw)
	}
	w.want(204, "DELETE", "/applications/"+application.id()+"/users/"+user.id(), nil)
	w.want(204, "DELETE", "/applications/"+application.id(), nil)
	w.want(404, "GET", "/applications/"+application.id(), nil)
}

func TestApplication_SecretRotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.Freeze(w.clock.Now().Truncate(time.Microsecond))
	made := w.newApplication(w.suite, w.project, nil)
	path := "/applications/" + made.id() + "/secret"

	first := w.want(200, "POST", path, fields{"previousSecretExpiresIn": 3600})
	secret := first.str("clientSecret")
	if len(secret) != 32 || secret == made.str("clientSecret") || first.body["secretVersion"] != 2.0 || first.etag() == made.etag() {
		t.Errorf("first: %s", first.raw)
	}
	current, previous, ends := w.secretHash(made.id())
	if current != hashOf(secret) || previous != hashOf(made.str("clientSecret")) || !ends.Equal(w.clock.Now().Add(time.Hour)) {
		t.Errorf("after the first: previous ends %v", ends)
	}

	second := w.want(200, "POST", path, fields{"clientSecret": givenSecret})
	if second.body["clientSecret"] != nil || second.body["secretVersion"] != 3.0 || strings.Contains(second.raw, givenSecret) {
		t.Errorf("second: %s", second.raw)
	}
	if current, previous, _ := w.secretHash(made.id()); current != hashOf(givenSecret) || previous != "" {
		t.Error("without an overlap the old secret must end at once")
	}

	for body, pointer := range map[string]string{
		`{"previousSecretExpiresIn":-1}`:                      "/previousSecretExpiresIn",
		`{"previousSecretExpiresIn":2592001}`:                 "/previousSecretExpiresIn",
		`{"clientSecret":"short"}`:                            "/clientSecret",
		`{"clientSecret":"` + strings.Repeat("ab", 20) + `"}`: "/clientSecret",
	} {
		if got := w.want(400, "POST", path, body); got.pointers() != pointer {
			t.Errorf("%s: %s", body, got.raw)
		}
	}
	w.want(404, "POST", "/applications/nothing/secret", fields{})
}

func TestApplication_RotationKeepsFamilies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	application, user := w.newApplication(w.suite, w.project, nil), w.newUser(w.suite, w.project, "system_user")
	w.assign(application, user)
	family := w.family(application, user)
	w.want(200, "POST", "/applications/"+application.id()+"/secret", fields{})
	if !w.alive(family) {
		t.Error("rotating a secret ended a token family")
	}
}

// family starts a token family, as a sign-in does.
func (w *world) family(application, user reply) string {
	w.t.Helper()
	now := w.clock.Now()
	id := fmt.Sprintf("family-%d", time.Now().UnixNano())
	err := w.store.Direct(w.t.Context()).CreateFamily(store.TokenFamily{
		ID: id, ApplicationID: application.id(), UserID: user.id(), GrantType: "user_credentials",
		RefreshHash: []byte(id), RefreshExpiresAt: now.Add(time.Hour), AuthTime: now, CreatedAt: now, ExpiresAt: now.Add(time.Hour),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) alive(family string) bool {
	w.t.Helper()
	g, err := w.store.Direct(w.t.Context()).GrantByFamily(family)
	if err != nil {
		return false
	}
	return g.Family.Alive(w.clock.Now())
}
