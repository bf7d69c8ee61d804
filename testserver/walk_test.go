package testserver_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
)

// Environment variables of the walk: how many steps each has, and the seed of
// one that is to be repeated.
const (
	walkStepsVariable = "ATM_TEST_WALK_STEPS"
	walkSeedVariable  = "ATM_TEST_WALK_SEED"
	walkSteps         = 250
)

// TestWalk_ASuiteAdminStaysASuiteAdmin lets a suite admin call the management
// API at random, while super admins promote, move and demote users, and
// starts with seeds and flags come between. No token that the suite admin has
// or can get may ever do what a suite admin may not.
func TestWalk_ASuiteAdminStaysASuiteAdmin(t *testing.T) {
	t.Parallel()
	for _, place := range []string{"a suite", "the administrator's suite"} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			w := newWalk(t, place == "the administrator's suite")
			steps := fromEnvironment(t, walkStepsVariable, walkSteps)
			for w.steps = range int(steps) {
				w.step()
				if t.Failed() {
					t.Fatalf("step %d; the last steps:\n%s", w.steps, strings.Join(w.trace, "\n"))
				}
			}
			t.Logf("%d steps: %s", steps, w.count)
			for _, what := range []string{"allowed", "refused", "sign-ins", "starts", "refused starts", "promotions", "prevented promotions"} {
				// A short walk may miss what is rare.
				if w.count[what] == 0 && steps >= 2000 {
					t.Errorf("the walk had no %s", what)
				}
			}
		})
	}
}

func fromEnvironment(t *testing.T, variable string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// counts are how often something happened.
type counts map[string]int

func (c counts) String() string {
	var parts []string
	for what, n := range c {
		parts = append(parts, fmt.Sprintf("%d %s", n, what))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// walk is a suite admin on its way.
type walk struct {
	*tenant
	rng   *rand.Rand
	steps int
	count counts
	trace []string // the last steps

	suite, project string // the walker's
	away, awayIn   string // another suite, and its project
	walker         account
	// web is an application with management access and a sign-in page, to which
	// super admins assign people whom they trust.
	web account

	rootToken, token string
	signedIn         time.Time // when rootToken was issued

	// What the walker knows.
	secrets   map[string][]string // by client id
	passwords map[string]string   // by email address
	tokens    []string
	codes     []string
	refresh   []fields
	creates   []create
	// What the walker sees.
	projects, applications, users []string
}

// create is one that can be replayed.
type create struct {
	key, path string
	body      fields
}

func newWalk(t *testing.T, administration bool) *walk {
	t.Helper()
	seed := fromEnvironment(t, walkSeedVariable, uint64(time.Now().UnixNano()))
	t.Logf("repeat with %s=%d", walkSeedVariable, seed)
	w := &walk{
		tenant: newTenant(t), rng: rand.New(rand.NewPCG(seed, 0)), count: counts{},
		secrets: map[string][]string{}, passwords: map[string]string{},
	}
	w.rootToken, w.signedIn = w.tenant.token(w.root), time.Now()
	w.suite, w.project = w.tenant.suite(w.rootToken)
	w.away, w.awayIn = w.tenant.suite(w.rootToken)
	if administration {
		w.suite = w.want(http.StatusOK, w.rootToken, http.MethodGet, "/suites?name=atm-administration", nil).ids()[0]
		w.project = w.want(http.StatusOK, w.rootToken, http.MethodGet, "/projects?suiteId="+w.suite, nil).ids()[0]
	}
	doors, door := w.tenant.suite(w.rootToken)
	web := w.application(w.rootToken, doors, door, fields{
		"authenticatorType": "authorization_code", "managementAccess": true, "redirectUrls": []string{"https://app.example.com/callback"},
	})
	w.web = account{applicationID: web.field("id"), clientID: web.field("clientId"), clientSecret: web.field("clientSecret")}
	in := w.application(w.rootToken, doors, door, fields{"managementAccess": true})
	w.walker = account{applicationID: in.field("id"), clientID: in.field("clientId"), clientSecret: in.field("clientSecret"), loginID: "walker@example.com"}
	w.revive()
	return w
}

// pick picks one of some values; the zero value of none.
func pick[T any](w *walk, from []T) T {
	if len(from) == 0 {
		var zero T
		return zero
	}
	return from[w.rng.IntN(len(from))]
}

func (w *walk) chance(percent int) bool { return w.rng.IntN(100) < percent }

// step does one thing, and looks whether it gave the walker power.
func (w *walk) step() {
	if time.Since(w.signedIn) > 2*time.Minute { // a long walk outlives a token
		w.rootToken, w.signedIn = w.tenant.token(w.root), time.Now()
	}
	switch n := w.rng.IntN(100); {
	case n < 2:
		w.restart()
	case n < 8:
		w.superAdmin()
	case n < 20:
		w.signInSomehow()
		return // looks itself
	default:
		if w.steps%10 == 0 {
			w.look()
		}
		w.manage()
		return
	}
	w.check()
}

// note remembers a step for the report of a failure.
func (w *walk) note(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf(format, args...))
	if len(w.trace) > 40 {
		w.trace = w.trace[1:]
	}
}

// revive makes the walker a suite admin again, who can sign in: it may disable,
// demote and delete itself.
func (w *walk) revive() {
	w.t.Helper()
	found := w.want(http.StatusOK, w.rootToken, http.MethodGet, "/users?email="+w.walker.loginID, nil).ids()
	if len(found) == 0 {
		found = []string{w.user(w.rootToken, w.suite, w.project, "suite_admin", fields{"email": w.walker.loginID}).field("id")}
	}
	w.walker.userID = found[0]
	w.want(http.StatusOK, w.rootToken, http.MethodPatch, "/users/"+w.walker.userID, fields{"role": "suite_admin", "enabled": true})
	put := w.call(w.rootToken, http.MethodPut, "/applications/"+w.walker.applicationID+"/users/"+w.walker.userID, fields{})
	if put.status >= 300 {
		w.t.Fatalf("revive: %d %s", put.status, put.body)
	}
	w.token = w.tenant.token(w.walker)
}

// look reads what the walker sees.
func (w *walk) look() {
	for path, into := range map[string]*[]string{"/projects": &w.projects, "/applications": &w.applications, "/users": &w.users} {
		got := w.call(w.token, http.MethodGet, path+"?limit=500", nil)
		if got.status != http.StatusOK {
			w.revive()
			return
		}
		*into = got.ids()
	}
	if w.call(w.token, http.MethodGet, "/users/"+w.walker.userID, nil).field("role") != "suite_admin" {
		w.revive()
	}
}

// learn keeps what the walker learns from a response.
func (w *walk) learn(got response) {
	if secret := got.field("clientSecret"); secret != "" {
		w.secrets[got.field("clientId")] = append(w.secrets[got.field("clientId")], secret)
	}
	if token := got.field("access_token"); token != "" {
		w.count["sign-ins"]++
		w.tokens = append(w.tokens, token)
		if len(w.tokens) > 30 {
			w.tokens = w.tokens[1:]
		}
		w.checkToken(token)
	}
	if got.field("refresh_token") != "" {
		w.refresh = append(w.refresh, fields{"grantType": "refresh_token", "clientId": claimsOf(w.t, got.field("id_token"))["aud"],
			"refresh_token": got.field("refresh_token"), "id_token": got.field("id_token")})
		if len(w.refresh) > 40 {
			w.refresh = w.refresh[1:]
		}
	}
}

// try sends a request of the walker's, by one of its tokens.
func (w *walk) try(method, path string, body any) response {
	token := w.token
	if w.chance(10) && len(w.tokens) > 0 {
		token = pick(w, w.tokens)
	}
	got := w.call(token, method, path, body)
	w.note("walker: %s %s %v: %d", method, path, body, got.status)
	if got.status < 300 {
		w.count["allowed"]++
	} else {
		w.count["refused"]++
	}
	w.learn(got)
	return got
}

var (
	walkNames  = []string{"atm-administration", "administrator", "Seeded", "Deploy", "Own", "Other"}
	walkEmails = []string{"ops@example.com", "boss@example.com", "lead@example.com", "administrator@example.com", "a@example.com", "b@example.com", "c@example.com", "d@example.com"}
	walkRoles  = []string{"system_user", "suite_admin", "super_admin"}
	walkTypes  = []string{"user_credentials", "user_credentials", "client_credentials", "authorization_code", "authorization_code_pkce"}
)

// manage is a call of the management API.
func (w *walk) manage() {
	application, user := pick(w, w.applications), pick(w, w.users)
	assignment := "/applications/" + application + "/users/" + user
	switch w.rng.IntN(19) {
	case 0:
		w.try(http.MethodPatch, "/suites/"+w.suite, fields{"name": pick(w, walkNames)})
	case 1:
		w.try(http.MethodPost, "/projects", fields{"name": pick(w, walkNames), "suiteId": w.suite})
	case 2:
		w.try(http.MethodPatch, "/projects/"+pick(w, w.projects), fields{"name": pick(w, walkNames)})
	case 3:
		w.try(http.MethodDelete, "/projects/"+pick(w, w.projects), nil)
	case 4, 5:
		w.createApplication()
	case 6:
		w.try(http.MethodPatch, "/applications/"+application, pick(w, []fields{
			{"name": pick(w, walkNames)}, {"projectId": pick(w, w.projects)}, {"managementAccess": true},
			{"suiteId": w.away, "projectId": w.awayIn}, {"accessTokenLifespan": 3600},
			{"clientAuthentication": "none"}, {"clientAuthentication": "secret"}, {"introspectionAccess": w.chance(50)},
		}))
	case 7:
		w.try(http.MethodPost, "/applications/"+application+"/secret", pick(w, []fields{{}, {"previousSecretExpiresIn": 3600}}))
	case 8:
		w.try(http.MethodDelete, "/applications/"+application, nil)
	case 9, 10:
		w.createUser()
	case 11:
		w.try(http.MethodPatch, "/users/"+user, pick(w, []fields{
			{"role": pick(w, walkRoles)}, {"role": pick(w, walkRoles)}, {"enabled": w.chance(50)}, {"email": pick(w, walkEmails)},
			{"suiteId": w.away, "projectId": w.awayIn}, {"projectId": pick(w, w.projects)},
		}))
	case 12:
		w.try(http.MethodDelete, "/users/"+user, nil)
	case 13, 14:
		w.try(http.MethodPut, assignment, fields{})
	case 15:
		w.try(http.MethodPatch, "/applications/"+application+"/users", fields{"set": []fields{{"userId": user}}})
	case 16:
		w.try(http.MethodDelete, assignment, nil)
	case 17:
		w.replay()
	case 18:
		w.try(http.MethodPost, "/users/"+user+"/password", fields{"password": attackPassword})
	}
}

func (w *walk) createApplication() {
	body := fields{"name": pick(w, walkNames), "suiteId": w.suite, "projectId": pick(w, w.projects), "authenticatorType": pick(w, walkTypes)}
	switch body["authenticatorType"] {
	case "authorization_code_pkce":
		body["clientAuthentication"] = pick(w, []string{"secret", "none"})
		fallthrough
	case "authorization_code":
		body["redirectUrls"] = []string{"https://walker.example.com/callback"}
	}
	if w.chance(10) {
		body["managementAccess"] = true
	}
	w.create("/applications", body)
}

func (w *walk) createUser() {
	email := pick(w, walkEmails)
	got := w.create("/users", fields{"email": email, "firstName": "Walked", "role": pick(w, walkRoles), "suiteId": w.suite,
		"projectId": pick(w, w.projects), "password": attackPassword})
	if got.status == http.StatusCreated {
		w.passwords[email] = attackPassword
	}
}

func (w *walk) create(path string, body fields) response {
	c := create{random.Token(24), path, body}
	w.creates = append(w.creates, c)
	if len(w.creates) > 20 {
		w.creates = w.creates[1:]
	}
	return w.send(c)
}

func (w *walk) replay() {
	if len(w.creates) > 0 {
		w.send(pick(w, w.creates))
	}
}

func (w *walk) send(c create) response {
	got := w.call(w.token, http.MethodPost, c.path, c.body, "Idempotency-Key", c.key)
	w.note("walker: POST %s %v: %d", c.path, c.body, got.status)
	w.learn(got)
	if got.status < 300 {
		w.count["allowed"]++
	}
	return got
}

// signInSomehow uses what the walker knows.
func (w *walk) signInSomehow() {
	switch w.rng.IntN(3) {
	case 0:
		w.refreshSomething()
	case 1:
		w.signInByPassword(pick(w, slices.Sorted(maps.Keys(w.passwords))))
	default:
		for clientID, secrets := range w.secrets {
			w.learn(w.signIn(clientID, pick(w, secrets), pick(w, walkEmails)))
			break
		}
	}
}

func (w *walk) refreshSomething() {
	if len(w.refresh) > 0 {
		w.learn(w.ask(pick(w, w.refresh)))
	}
}

func (w *walk) signInByPassword(email string) {
	password := w.passwords[email]
	if password == "" {
		return
	}
	if code := w.code(w.web.clientID, email, password); code != "" {
		w.codes = append(w.codes, code)
	}
	if w.chance(50) {
		w.exchange()
	}
}

// exchange exchanges the codes that the walker has for tokens.
func (w *walk) exchange() {
	for _, code := range w.codes {
		w.learn(w.ask(fields{"grant_type": "authorization_code", "client_id": w.web.clientID, "client_secret": w.web.clientSecret, "code": code}))
	}
	w.codes = nil
}

// check uses all that the walker knows: every token, and every secret and
// password for those whom they may sign in.
func (w *walk) check() {
	w.exchange()
	for _, token := range slices.Clone(w.tokens) {
		w.checkToken(token)
	}
	assigned := w.want(http.StatusOK, w.rootToken, http.MethodGet, "/application-users?limit=500", nil).items()
	clientIDs, emails := w.fieldsByID("/applications", "clientId"), w.fieldsByID("/users", "email")
	for _, a := range assigned {
		clientID, email := clientIDs[fmt.Sprint(a["applicationId"])], emails[fmt.Sprint(a["userId"])]
		for _, secret := range w.secrets[clientID] {
			w.learn(w.signIn(clientID, secret, email))
		}
		if clientID == w.web.clientID {
			w.signInByPassword(email)
		}
	}
}

func (w *walk) fieldsByID(path, field string) map[string]string {
	out := map[string]string{}
	for _, item := range w.want(http.StatusOK, w.rootToken, http.MethodGet, path+"?limit=500", nil).items() {
		out[fmt.Sprint(item["id"])] = fmt.Sprint(item[field])
	}
	return out
}

// checkToken asks for what a suite admin may not: signing keys, and any suite
// but its own. A token without management access gives its user's power to
// other servers: the user must not have more than a suite admin.
func (w *walk) checkToken(token string) {
	w.t.Helper()
	keys := w.call(token, http.MethodGet, "/signing-keys", nil)
	if keys.status == http.StatusUnauthorized {
		w.tokens = slices.DeleteFunc(w.tokens, func(t string) bool { return t == token })
		return
	}
	claims := claimsOf(w.t, token)
	if keys.status != http.StatusForbidden {
		w.t.Errorf("a token of the walker reads the signing keys: %d; its claims: %v", keys.status, claims)
	}
	suites := w.call(token, http.MethodGet, "/suites", nil)
	if ids := suites.ids(); suites.status == http.StatusOK && (len(ids) != 1 || ids[0] != w.suite) {
		w.t.Errorf("a token of the walker sees the suites %v, want %s; its claims: %v", ids, w.suite, claims)
	}
	scope, _ := claims["scope"].(map[string]any)
	if scope["id"] == nil {
		return // client credentials
	}
	user := w.want(http.StatusOK, w.rootToken, http.MethodGet, fmt.Sprintf("/users/%v", scope["id"]), nil)
	if user.field("role") == "super_admin" || user.field("suiteId") != w.suite {
		w.t.Errorf("a token of the walker is that of %s; its claims: %v", user.body, claims)
	}
}

// superAdmin is what a super admin does who follows the remedies of errors.
func (w *walk) superAdmin() {
	var inSuite, powerful []string
	roles := map[string]string{}
	for _, u := range w.want(http.StatusOK, w.rootToken, http.MethodGet, "/users?limit=500", nil).items() {
		id := fmt.Sprint(u["id"])
		roles[id] = fmt.Sprint(u["role"])
		switch {
		case id == w.walker.userID || id == w.root.userID:
		case u["suiteId"] == w.suite && u["role"] != "super_admin":
			inSuite = append(inSuite, id)
		default:
			powerful = append(powerful, id)
		}
	}
	switch w.rng.IntN(9) {
	case 7, 8:
		if id := pick(w, inSuite); id != "" {
			path := "/applications/" + w.web.applicationID + "/users/" + id
			w.note("super admin: PUT %s: %d", path, w.call(w.rootToken, http.MethodPut, path, fields{}).status)
		}
	case 6:
		path := "/applications/" + pick(w, w.applications)
		w.note("super admin: PATCH %s managementAccess: %d", path, w.call(w.rootToken, http.MethodPatch, path, fields{"managementAccess": true}).status)
	case 0, 1:
		w.promote(pick(w, inSuite), fields{"role": "super_admin"})
	case 2:
		w.promote(pick(w, inSuite), fields{"role": "suite_admin", "suiteId": w.away, "projectId": w.awayIn})
	case 3:
		if id := pick(w, powerful); id != "" {
			w.demote(id, roles[id])
		}
	case 4:
		w.unassign(powerful)
	case 5:
		if id := pick(w, powerful); id != "" {
			w.note("super admin: DELETE /users/%s: %d", id, w.call(w.rootToken, http.MethodDelete, "/users/"+id, nil).status)
		}
	}
}

// promote gives a user power, and follows the remedy where the server refuses.
func (w *walk) promote(id string, change fields) {
	if id == "" {
		return
	}
	got := w.call(w.rootToken, http.MethodPatch, "/users/"+id, change)
	if got.status == http.StatusConflict {
		w.count["prevented promotions"]++
		if w.chance(50) {
			for _, application := range got.list("applications") {
				w.want(http.StatusNoContent, w.rootToken, http.MethodDelete, fmt.Sprintf("/applications/%v/users/%s", application["id"], id), nil)
			}
			got = w.want(http.StatusOK, w.rootToken, http.MethodPatch, "/users/"+id, change)
		}
	}
	w.note("super admin: PATCH /users/%s %v: %d", id, change, got.status)
	if got.status == http.StatusOK {
		w.count["promotions"]++
		w.call(w.rootToken, http.MethodPut, "/applications/"+w.web.applicationID+"/users/"+id, fields{})
	}
}

// demote takes a user's power away, and brings the user back to the walker.
func (w *walk) demote(id, role string) {
	change := fields{"role": "system_user", "suiteId": w.suite, "projectId": w.project}
	if role == "super_admin" && w.chance(50) {
		change = fields{"role": "system_user"}
	}
	got := w.call(w.rootToken, http.MethodPatch, "/users/"+id, change)
	w.note("super admin: PATCH /users/%s %v: %d", id, change, got.status)
}

// unassign removes an assignment of someone who has power.
func (w *walk) unassign(users []string) {
	var own []map[string]any
	for _, a := range w.want(http.StatusOK, w.rootToken, http.MethodGet, "/application-users?limit=500", nil).items() {
		if slices.Contains(users, fmt.Sprint(a["userId"])) && a["applicationId"] != w.web.applicationID {
			own = append(own, a)
		}
	}
	if a := pick(w, own); a != nil {
		path := fmt.Sprintf("/applications/%v/users/%v", a["applicationId"], a["userId"])
		w.note("super admin: DELETE %s: %d", path, w.call(w.rootToken, http.MethodDelete, path, nil).status)
	}
}

// restart starts the server with flags and a seed that give power.
func (w *walk) restart() {
	var opts []testserver.Option
	what := "plain"
	if w.chance(60) {
		admin := testserver.Admin{LoginID: pick(w, []string{"", "ops@example.com", "administrator@example.com", "a@example.com"})}
		if w.chance(50) {
			admin.ClientSecret = random.ClientSecret()
		}
		opts, what = append(opts, testserver.WithAdmin(admin)), fmt.Sprintf("%s, new secret: %t", admin, admin.ClientSecret != "")
	}
	if w.chance(70) {
		seed := w.seed()
		opts, what = append(opts, testserver.WithSeed(seed)), what+seed
	}
	err := w.start(opts...)
	w.count["starts"]++
	w.note("start with %s: %v", what, err)
	if err == nil {
		return
	}
	w.count["refused starts"]++
	if !strings.Contains(err.Error(), "--admin-") && !strings.Contains(err.Error(), "seed:") {
		w.t.Errorf("the error names neither flag nor line: %v", err)
	}
	w.mustStart()
}

// seed is one of those that give power: by names and email addresses, which
// the walker chooses too, or by ids of objects that the walker manages.
func (w *walk) seed() string {
	suite := pick(w, []string{
		"name: Seeded", "name: atm-administration", "name: " + pick(w, walkNames) + "\n    id: " + w.suite, "name: Away\n    id: " + w.away,
	})
	application, user := "", ""
	if w.chance(20) && len(w.applications) > 0 {
		application = "\n            id: " + pick(w, w.applications)
	}
	if w.chance(20) && len(w.users) > 0 {
		user = "id: " + pick(w, w.users) + ", "
	}
	if w.chance(30) {
		application += "\n            clientSecret: " + random.ClientSecret()
	}
	return fmt.Sprintf(`
suites:
  - %s
    projects:
      - name: %s
        users:
          - { %semail: %s, firstName: Boss, role: %s }
        applications:
          - name: %s%s
            authenticatorType: user_credentials
            managementAccess: %t
            users: [{ email: %s }]
`, suite, pick(w, walkNames), user, "boss@example.com", pick(w, walkRoles), pick(w, []string{"Deploy", "Own"}), application,
		w.chance(50), pick(w, []string{"boss@example.com", "lead@example.com", "ops@example.com"}))
}
