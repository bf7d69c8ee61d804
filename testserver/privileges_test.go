package testserver_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// attack is a tenant with a suite admin who wants to become more.
type attack struct {
	*tenant
	suite, project string
	admin          account
}

const attackPassword = "correct horse battery"

func newAttack(t *testing.T) *attack {
	t.Helper()
	a := &attack{tenant: newTenant(t)}
	root := a.token(a.root)
	a.suite, a.project = a.tenant.suite(root)
	a.admin = a.account(root, a.suite, a.project, "suite_admin")
	return a
}

// register lets the suite admin create a user and an application that signs
// this user in.
func (a *attack) register(email string) (user, application response) {
	a.t.Helper()
	token := a.token(a.admin)
	user = a.user(token, a.suite, a.project, "system_user", fields{"email": email, "password": attackPassword})
	application = a.application(token, a.suite, a.project, nil)
	a.assign(token, application.field("id"), user.field("id"))
	return user, application
}

func TestPrivileges_AFlagAdoptsNoUserOfASuiteAdmin(t *testing.T) {
	t.Parallel()
	a := newAttack(t)
	user, application := a.register("ops@example.com")
	flag := testserver.WithAdmin(testserver.Admin{LoginID: "ops@example.com"})
	a.refuses([]string{"--admin-login-id", "ops@example.com", user.field("id")}, flag)
	if got := a.want(http.StatusOK, a.token(a.root), http.MethodGet, "/users/"+user.field("id"), nil); got.field("role") != "system_user" {
		t.Errorf("the refused start left %s", got.body)
	}
	// The remedy that the message names.
	root := a.token(a.root)
	path := "/users/" + user.field("id")
	a.want(http.StatusConflict, root, http.MethodPatch, path, fields{"role": "super_admin"})
	a.want(http.StatusNoContent, root, http.MethodDelete, "/applications/"+application.field("id")+path, nil)
	a.want(http.StatusOK, root, http.MethodPatch, path, fields{"role": "super_admin"})
	a.mustStart(flag)
	if a.s.Admin().LoginID != "ops@example.com" {
		t.Errorf("the administrator is %s", a.s.Admin())
	}
}

func TestPrivileges_ASeedAdoptsNoUserOfASuiteAdmin(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"super_admin", "suite_admin", "system_user"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			a := newAttack(t)
			user, _ := a.register("ops@example.com")
			seed := fmt.Sprintf(`
suites:
  - name: Seeded
    projects:
      - name: Seeded
        users:
          - { email: ops@example.com, firstName: Ops, role: %s }
`, role)
			a.refuses([]string{"seed:7:", "id: " + user.field("id")}, testserver.WithSeed(seed))
			a.want(http.StatusNoContent, a.token(a.root), http.MethodDelete, "/users/"+user.field("id"), nil)
			a.mustStart(testserver.WithSeed(seed))
			a.mustStart(testserver.WithSeed(seed))
		})
	}
}

func TestPrivileges_TheAdministratorsSuiteIsNotFoundByName(t *testing.T) {
	t.Parallel()
	a := newAttack(t)
	root := a.token(a.root)
	for _, suite := range suitesNamed(a, root, "atm-administration") {
		a.want(http.StatusOK, root, http.MethodPatch, "/suites/"+suite, fields{"name": "administration"})
	}
	token := a.token(a.admin)
	a.want(http.StatusOK, token, http.MethodPatch, "/suites/"+a.suite, fields{"name": "atm-administration"})
	a.want(http.StatusOK, token, http.MethodPatch, "/projects/"+a.project, fields{"name": "atm-administration"})
	trap := a.application(token, a.suite, a.project, fields{"name": "administrator"})
	before := a.s.Admin()
	a.mustStart(testserver.WithAdmin(testserver.Admin{LoginID: "ops@example.com", ClientSecret: workerSecret}))
	if got := a.s.Admin(); got.ClientID != before.ClientID || got.ClientID == trap.field("clientId") {
		t.Errorf("the administrator's application is %s, before %s", got, before)
	}
	if got := a.signIn(trap.field("clientId"), trap.field("clientSecret"), "ops@example.com"); got.status == http.StatusOK {
		t.Error("the suite admin's application signs in as the administrator")
	}
	if got := a.call(a.token(a.admin), http.MethodGet, "/applications/"+trap.field("id"), nil); got.bool("managementAccess") {
		t.Errorf("the suite admin's application has management access: %s", got.body)
	}
}

func suitesNamed(a *attack, token, name string) []string {
	a.t.Helper()
	return a.want(http.StatusOK, token, http.MethodGet, "/suites?name="+name, nil).ids()
}

func TestPrivileges_ASeedAdoptsNoApplicationOfThatName(t *testing.T) {
	t.Parallel()
	a := newAttack(t)
	root := a.token(a.root)
	seed := fmt.Sprintf(`
suites:
  - id: %s
    name: Walked
    projects:
      - id: %s
        name: Walked
        users:
          - { email: boss@example.com, firstName: Boss, role: super_admin }
        applications:
          - name: Deploy
            authenticatorType: user_credentials
            managementAccess: true
            users: [{ email: boss@example.com }]
`, a.suite, a.project)
	token := a.token(a.admin)
	trap := a.application(token, a.suite, a.project, fields{"name": "Deploy"})
	a.refuses([]string{"seed:11:", "id: " + trap.field("id")}, testserver.WithSeed(seed))
	if got := a.signIn(trap.field("clientId"), trap.field("clientSecret"), "boss@example.com"); got.status == http.StatusOK {
		t.Error("the suite admin's application signs in as the seed's super admin")
	}
	a.want(http.StatusNoContent, root, http.MethodDelete, "/applications/"+trap.field("id"), nil)
	a.mustStart(testserver.WithSeed(seed))
	a.mustStart(testserver.WithSeed(seed))
	own := a.want(http.StatusOK, root, http.MethodGet, "/applications?name=Deploy", nil).ids()
	if len(own) != 1 {
		t.Fatalf("there are %d applications Deploy", len(own))
	}
	// The seed knows its own application by id: a rename does not change which
	// one it is.
	a.want(http.StatusOK, root, http.MethodPatch, "/applications/"+own[0], fields{"name": "Renamed"})
	a.mustStart(testserver.WithSeed(seed))
	if again := a.want(http.StatusOK, root, http.MethodGet, "/applications?name=Deploy", nil).ids(); len(again) != 1 || again[0] != own[0] {
		t.Errorf("got %v, want %v", again, own)
	}
}

func TestPrivileges_AnIDInTheSeedGivesNoPowerToAKnownSecret(t *testing.T) {
	t.Parallel()
	a := newAttack(t)
	trap := a.application(a.token(a.admin), a.suite, a.project, fields{"name": "Deploy"})
	seed := fmt.Sprintf(`
suites:
  - id: %s
    name: Walked
    projects:
      - id: %s
        name: Walked
        users:
          - { email: boss@example.com, firstName: Boss, role: super_admin }
        applications:
          - id: %s
            name: Deploy
            authenticatorType: user_credentials
            users: [{ email: boss@example.com }]
`, a.suite, a.project, trap.field("id"))
	a.refuses([]string{"seed:14:", "clientSecret"}, testserver.WithSeed(seed))
	a.mustStart(testserver.WithSeed(seed + "            clientSecret: " + workerSecret + "\n"))
	if got := a.signIn(trap.field("clientId"), trap.field("clientSecret"), "boss@example.com"); got.status == http.StatusOK {
		t.Error("the suite admin's secret signs in as the seed's super admin")
	}
	if got := a.signIn(trap.field("clientId"), workerSecret, "boss@example.com"); got.status != http.StatusOK {
		t.Errorf("the seed's secret does not sign in: %d %s", got.status, got.body)
	}
}

// Moved to another suite, the application would sign in as that suite's users,
// and the suite admin who created it knows its secret. (Found by the walk.)
func TestPrivileges_ASeedMovesNoApplicationWithAKnownSecret(t *testing.T) {
	t.Parallel()
	a := newAttack(t)
	trap := a.application(a.token(a.admin), a.suite, a.project, fields{"name": "Deploy"})
	away, awayIn := a.tenant.suite(a.token(a.root))
	seed := func(more, users string) testserver.Option {
		return testserver.WithSeed(fmt.Sprintf(`
suites:
  - id: %s
    name: Away
    projects:
      - id: %s
        name: Away
        users:
          - { email: boss@example.com, firstName: Boss, role: system_user }
        applications:
          - id: %s
            name: Deploy
            authenticatorType: user_credentials
%s%s`, away, awayIn, trap.field("id"), more, users))
	}
	const users = "            users: [{ email: boss@example.com }]\n"
	for _, withUsers := range []string{"", users} {
		a.refuses([]string{"seed:11:", "moved to another suite", "clientSecret"}, seed("", withUsers))
	}
	a.mustStart(seed("            clientSecret: "+workerSecret+"\n", users))
	if got := a.signIn(trap.field("clientId"), trap.field("clientSecret"), "boss@example.com"); got.status == http.StatusOK {
		t.Error("the suite admin's secret signs in as a user of another suite")
	}
	if got := a.signIn(trap.field("clientId"), workerSecret, "boss@example.com"); got.status != http.StatusOK {
		t.Errorf("the seed's secret does not sign in: %d %s", got.status, got.body)
	}
	a.mustStart(seed("", users)) // it is where it was
}

func TestPrivileges_ASeedAdoptsNoSuiteThatASuiteAdminRenamed(t *testing.T) {
	t.Parallel()
	a := newAttack(t)
	a.want(http.StatusOK, a.token(a.admin), http.MethodPatch, "/suites/"+a.suite, fields{"name": "Seeded"})
	seed := `
suites:
  - name: Seeded
    projects:
      - name: Seeded
        applications:
          - { name: Deploy, authenticatorType: user_credentials, managementAccess: true }
`
	a.refuses([]string{"seed:3:", "id: " + a.suite}, testserver.WithSeed(seed))
}

// Neither password nor tokens nor a code outlive a promotion: the suite admin
// may have them.
func TestPrivileges_APromotionLeavesNothingThatASuiteAdminKnows(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(a *attack, root string) fields{
		"promotion": func(*attack, string) fields { return fields{"role": "super_admin"} },
		"move": func(a *attack, root string) fields {
			suite, project := a.tenant.suite(root)
			return fields{"suiteId": suite, "projectId": project}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAttack(t)
			root, token := a.token(a.root), a.token(a.admin)
			web := a.application(root, a.suite, a.project, fields{
				"authenticatorType": "authorization_code", "managementAccess": true, "redirectUrls": []string{"https://app.example.com/callback"},
			})
			secret := a.want(http.StatusOK, token, http.MethodPost, "/applications/"+web.field("id")+"/secret", fields{}).field("clientSecret")
			user := a.user(token, a.suite, a.project, "system_user", fields{"password": attackPassword})
			a.assign(token, web.field("id"), user.field("id"))
			clientID, email := web.field("clientId"), user.field("email")
			exchange := func(code string) response {
				return a.ask(fields{"grant_type": "authorization_code", "client_id": clientID, "client_secret": secret, "code": code})
			}
			tokens := exchange(a.code(clientID, email, attackPassword))
			if tokens.status != http.StatusOK {
				t.Fatalf("sign-in: %d %s", tokens.status, tokens.body)
			}
			pending := a.code(clientID, email, attackPassword)

			a.want(http.StatusOK, root, http.MethodPatch, "/users/"+user.field("id"), change(a, root))
			if got := a.call(tokens.field("access_token"), http.MethodGet, "/suites", nil); got.status != http.StatusUnauthorized {
				t.Errorf("a token of before: %d %s", got.status, got.body)
			}
			refreshed := a.ask(fields{"grant_type": "refresh_token", "client_id": clientID, "client_secret": secret,
				"refresh_token": tokens.field("refresh_token"), "id_token": tokens.field("id_token")})
			if refreshed.status == http.StatusOK {
				t.Error("a refresh token of before is accepted")
			}
			if got := exchange(pending); got.status == http.StatusOK {
				t.Error("a code of before is accepted")
			}
			if code := a.code(clientID, email, attackPassword); code != "" {
				t.Error("the password that a suite admin gave signs in")
			}
			a.want(http.StatusNoContent, root, http.MethodPost, "/users/"+user.field("id")+"/password", fields{"password": "another one"})
			if code := a.code(clientID, email, "another one"); code == "" {
				t.Error("the password that a super admin gave does not sign in")
			}
		})
	}
}
