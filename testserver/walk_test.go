package testserver_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
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

func fromEnvironment(t *testing.T, variable string, fallback uint64) uint64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return fallback
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
