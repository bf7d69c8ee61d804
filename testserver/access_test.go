package testserver_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
)

// Where an object is, as a caller sees it.
const (
	ownProject   = iota // in the caller's project
	otherProject        // in another project of the caller's suite
	otherSuite
	places
)

var placeNames = [places]string{"own project", "other project", "other suite"}

// none is a list without the object.
const none = -1

// rule is what an operation returns to each role, by where the object is: a
// status, 200 for a list with the object, or none.
type rule struct {
	// request makes a request about a new object.
	request func(a *accessTable, at target) (path string, body any)
	// superAdmin, suiteAdmin and systemUser are the roles' statuses in own
	// project, other project, other suite.
	superAdmin, suiteAdmin, systemUser [places]int
}

// target is where the object of a request is.
type target struct{ suite, project string }

// The statuses of most operations.
var (
	everywhere200 = [places]int{200, 200, 200}
	suite200      = [places]int{200, 200, 404}
	project200    = [places]int{200, 404, 404}
	everywhere201 = [places]int{201, 201, 201}
	suite201      = [places]int{201, 201, 403}
	everywhere204 = [places]int{204, 204, 204}
	suite204      = [places]int{204, 204, 404}
	never         = [places]int{403, 403, 403}
	nothing       = [places]int{404, 404, 404}
	sees403       = [places]int{403, 404, 404}
	suiteSees403  = [places]int{403, 403, 404}
)

// rules are those of every operation of the management API.
func rules() map[string]rule {
	one := func(path func(*accessTable, target) string, body any) func(*accessTable, target) (string, any) {
		return func(a *accessTable, at target) (string, any) { return path(a, at), body }
	}
	suite := func(_ *accessTable, at target) string { return "/suites/" + at.suite }
	project := func(_ *accessTable, at target) string { return "/projects/" + at.project }
	application := func(a *accessTable, at target) string {
		return "/applications/" + a.application(a.root, at.suite, at.project, nil).field("id")
	}
	user := func(a *accessTable, at target) string {
		return "/users/" + a.user(a.root, at.suite, at.project, "system_user", nil).field("id")
	}
	assigned := func(a *accessTable, at target) string {
		path, member := application(a, at), user(a, at)
		a.want(http.StatusCreated, a.root, http.MethodPut, path+member, fields{})
		return path + member
	}
	plus := func(path func(*accessTable, target) string, suffix string) func(*accessTable, target) string {
		return func(a *accessTable, at target) string { return path(a, at) + suffix }
	}
	// filter lists with the object's id as the filter.
	filter := func(path, by string, object func(*accessTable, target) string) func(*accessTable, target) (string, any) {
		return func(a *accessTable, at target) (string, any) {
			id := strings.Split(object(a, at), "/")[2]
			return path + "?" + by + "=" + id, nil
		}
	}
	always := func(path string, body any) func(*accessTable, target) (string, any) {
		return func(*accessTable, target) (string, any) { return path, body }
	}
	lists := func(request func(*accessTable, target) (string, any)) rule {
		return rule{request, everywhere200, [places]int{200, 200, none}, [places]int{200, none, none}}
	}
	name := func() fields { return fields{"name": "n " + random.ID()} }

	return map[string]rule{
		"listSuites":  {filter("/suites", "ids", suite), everywhere200, [places]int{200, 200, none}, [places]int{200, 200, none}},
		"createSuite": {func(*accessTable, target) (string, any) { return "/suites", name() }, everywhere201, never, never},
		"getSuite":    {one(suite, nil), everywhere200, suite200, suite200},
		"updateSuite": {func(a *accessTable, at target) (string, any) { return suite(a, at), name() }, everywhere200, suite200, suiteSees403},
		// A suite that contains something.
		"deleteSuite": {one(suite, nil), [places]int{409, 409, 409}, suiteSees403, suiteSees403},

		"listProjects": lists(filter("/projects", "ids", project)),
		"createProject": {func(_ *accessTable, at target) (string, any) {
			return "/projects", with(name(), fields{"suiteId": at.suite})
		},
			everywhere201, suite201, never},
		"getProject":    {one(project, nil), everywhere200, suite200, project200},
		"updateProject": {func(a *accessTable, at target) (string, any) { return project(a, at), name() }, everywhere200, suite200, sees403},
		// The caller's project contains the caller.
		"deleteProject": {one(project, nil), [places]int{409, 204, 204}, [places]int{409, 204, 404}, sees403},

		"listApplications": lists(filter("/applications", "ids", application)),
		"createApplication": {func(_ *accessTable, at target) (string, any) {
			return "/applications", with(name(), fields{"suiteId": at.suite, "projectId": at.project, "introspectionAccess": true,
				"authenticatorType": "user_credentials", "clientAuthentication": "secret"})
		}, everywhere201, suite201, never},
		"getApplication":          {one(application, nil), everywhere200, suite200, project200},
		"updateApplication":       {one(application, fields{"accessTokenLifespan": 60, "introspectionAccess": true, "clientAuthentication": "secret"}), everywhere200, suite200, sees403},
		"deleteApplication":       {one(application, nil), everywhere204, suite204, sees403},
		"rotateApplicationSecret": {one(plus(application, "/secret"), fields{}), everywhere200, suite200, sees403},

		"listApplicationUsers":   lists(filter("/application-users", "applicationIds", assigned)),
		"getApplicationUser":     {one(assigned, nil), everywhere200, suite200, project200},
		"putApplicationUser":     {one(assigned, fields{"enabled": false}), everywhere200, suite200, sees403},
		"deleteApplicationUser":  {one(assigned, nil), everywhere204, suite204, sees403},
		"updateApplicationUsers": {one(plus(application, "/users"), fields{}), everywhere200, suite200, sees403},

		"listUsers": lists(filter("/users", "ids", user)),
		"createUser": {func(_ *accessTable, at target) (string, any) {
			return "/users", fields{"email": random.ID() + "@example.com", "firstName": "New", "role": "system_user", "suiteId": at.suite, "projectId": at.project}
		}, everywhere201, suite201, never},
		"getUser":           {one(user, nil), everywhere200, suite200, project200},
		"updateUser":        {one(user, fields{"firstName": "Other"}), everywhere200, suite200, sees403},
		"deleteUser":        {one(user, nil), everywhere204, suite204, sees403},
		"resetUserPassword": {one(plus(user, "/password"), fields{"password": attackPassword}), everywhere204, suiteSees403, sees403},

		"revokeTokens": {func(a *accessTable, at target) (string, any) {
			return "/token-revocations", fields{"userId": strings.TrimPrefix(user(a, at), "/users/")}
		}, everywhere204, suite204, sees403},
		"listSigningKeys":  {always("/signing-keys", nil), everywhere200, never, never},
		"rotateSigningKey": {always("/signing-keys/rotate", nil), everywhere200, never, never},
		// The key of another caller.
		"getIdempotentResult": {always("/idempotent-result", nil), nothing, nothing, nothing},
		"voidIdempotencyKey":  {always("/idempotent-result", nil), nothing, nothing, nothing},
		"getMe":               {always("/me", nil), everywhere200, everywhere200, everywhere200},
	}
}

// accessTable is a tenant with a caller of each role and state.
type accessTable struct {
	*tenant
	root string
	own  target
	// othersKey is the idempotency key of another caller's create.
	othersKey string
	cells     int
}

// callers are tokens of one role.
type callers struct {
	role    string
	enabled string
	// refused are tokens that no operation accepts, by why, with the status.
	refused map[string]refusedToken
}

type refusedToken struct {
	token  string
	status int
}

func TestAccess_EveryOperationHasARule(t *testing.T) {
	t.Parallel()
	a := &accessTable{tenant: newTenant(t), othersKey: random.Token(24)}
	a.root = a.tenant.token(a.tenant.root)
	a.own.suite, a.own.project = a.suite(a.root)
	a.call(a.root, http.MethodPost, "/suites", fields{"name": "of another caller"}, "Idempotency-Key", a.othersKey)
	byRole := []callers{a.callers("super_admin"), a.callers("suite_admin"), a.callers("system_user")}

	doc, err := openapi3.NewLoader().LoadFromData(testserver.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	rules := rules()
	for _, pattern := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		if !strings.HasPrefix(pattern, "/api/v1/") {
			continue
		}
		for method, op := range doc.Paths.Value(pattern).Operations() {
			r, known := rules[op.OperationID]
			if !known {
				t.Errorf("%s %s (%s) has no rule in rules()", method, pattern, op.OperationID)
				continue
			}
			delete(rules, op.OperationID)
			a.operation(method, op.OperationID, r, byRole)
		}
	}
	for id := range rules {
		t.Errorf("%s has a rule and is no operation", id)
	}
	t.Logf("%d cells of operation, role, place and state", a.cells)
}

// callers makes the callers of a role, by applications of another suite, which
// no rule is about.
func (a *accessTable) callers(role string) callers {
	a.t.Helper()
	doors, door := a.suite(a.root)
	signIn := func(more fields) (account, string) {
		user := a.user(a.root, a.own.suite, a.own.project, role, nil)
		application := a.application(a.root, doors, door, with(fields{"managementAccess": true}, more))
		a.assign(a.root, application.field("id"), user.field("id"))
		in := account{user.field("id"), user.field("email"), application.field("id"), application.field("clientId"), application.field("clientSecret")}
		return in, a.tenant.token(in)
	}
	c := callers{role: role, refused: map[string]refusedToken{"no token": {"", 401}}}
	_, c.enabled = signIn(nil)
	_, noAccess := signIn(fields{"managementAccess": false})
	c.refused["no management access"] = refusedToken{noAccess, 403}
	lost, lostAccess := signIn(nil)
	a.want(200, a.root, http.MethodPatch, "/applications/"+lost.applicationID, fields{"managementAccess": false})
	c.refused["lost management access"] = refusedToken{lostAccess, 403}
	for why, change := range map[string]func(account){
		"disabled": func(in account) {
			a.want(200, a.root, http.MethodPatch, "/users/"+in.userID, fields{"enabled": false})
		},
		"deleted": func(in account) { a.want(204, a.root, http.MethodDelete, "/users/"+in.userID, nil) },
		"revoked": func(in account) {
			a.want(204, a.root, http.MethodPost, "/token-revocations", fields{"userId": in.userID})
		},
		"not assigned any more": func(in account) {
			a.want(204, a.root, http.MethodDelete, "/applications/"+in.applicationID+"/users/"+in.userID, nil)
		},
	} {
		in, token := signIn(nil)
		change(in)
		c.refused[why] = refusedToken{token, 401}
	}
	return c
}

// operation checks one operation for all callers. Those that are refused come
// first: the objects are not changed by them.
func (a *accessTable) operation(method, id string, r rule, byRole []callers) {
	a.t.Helper()
	for place := range places {
		at := a.at(place)
		path, body := r.request(a, at)
		for _, c := range byRole {
			for why, refused := range c.refused {
				a.cell(refused.status, refused.token, method, path, body, id, c.role, placeNames[place], why)
			}
		}
	}
	for i, c := range byRole {
		for place := range places {
			path, body := r.request(a, a.at(place))
			want := [][places]int{r.superAdmin, r.suiteAdmin, r.systemUser}[i][place]
			got := a.cell(want, c.enabled, method, path, body, id, c.role, placeNames[place], "enabled")
			required := "super_admin"
			if r.suiteAdmin[place] != 403 {
				required = "suite_admin"
			}
			if want == 403 && (got.field("callerRole") != c.role || got.field("requiredRole") != required) {
				a.t.Errorf("%s, %s, %s: %s, want a role %s", id, c.role, placeNames[place], got.body, required)
			}
		}
	}
}

// at makes a place.
func (a *accessTable) at(place int) target {
	a.t.Helper()
	switch place {
	case otherProject:
		return target{a.own.suite, a.project(a.root, a.own.suite)}
	case otherSuite:
		suite, project := a.suite(a.root)
		return target{suite, project}
	}
	return a.own
}

func (a *accessTable) cell(want int, token, method, path string, body any, cell ...string) response {
	a.t.Helper()
	a.cells++
	got := a.call(token, method, path, body, "Idempotency-Key", a.key(path))
	status := got.status
	// A list has a filter by ids, see filter.
	if status == http.StatusOK && strings.Contains(path, "ds=") && len(got.items()) == 0 {
		status = none
	}
	if status != want {
		a.t.Errorf("%s: %s %s: %d %s, want %d", strings.Join(cell, ", "), method, path, got.status, got.body, want)
	}
	return got
}

// key is the header of an operation that needs it: the key of another caller.
func (a *accessTable) key(path string) string {
	if path == "/idempotent-result" {
		return a.othersKey
	}
	return random.Token(24)
}
