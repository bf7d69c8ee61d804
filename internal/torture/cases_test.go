package torture_test

import (
	"maps"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// Objects that are there before each cell.
const (
	suiteID   = "suite-of-the-tests-01"
	projectID = "project-of-the-test-1"
	workerID  = "worker-of-the-tests-1"
	adaID     = "ada-of-the-tests-0001"
	bobID     = "bob-of-the-tests-0001"

	workerClient = "NmN78x6DMfde1XRx9hQg"
	workerSecret = "480nulBeBGqJDoAOADC0CW2frGTDVEmq"
	webClient    = "webwebwebwebwebwebwe"

	firstSecret    = "first-secret-Zq4vT8wLk2Rn6XcBh0JyMf5Ue"
	secondSecret   = "second-secret-7hGd2KqWx9Zr4TnYb6VfMc1L"
	firstPassword  = "first correct horse"
	secondPassword = "second correct horse"

	seed = `
suites:
  - id: ` + suiteID + `
    name: shop
    projects:
      - id: ` + projectID + `
        name: checkout
        users:
          - {id: ` + adaID + `, email: ada@example.com, firstName: Ada, role: system_user}
          - {id: ` + bobID + `, email: bob@example.com, firstName: Bob, role: system_user}
        applications:
          - id: ` + workerID + `
            name: worker
            authenticatorType: user_credentials
            clientId: ` + workerClient + `
            clientSecret: ` + workerSecret + `
            accessTokenLifespan: 600
            users: [{email: bob@example.com}]
          - id: web-of-the-tests-0001
            name: web
            authenticatorType: authorization_code
            clientId: ` + webClient + `
            clientSecret: ` + workerSecret + `
            redirectUrls: [https://app.example.com/callback]
          - id: list-of-the-tests-001
            name: list
            authenticatorType: user_credentials
            clientId: listlistlistlistlist
            clientSecret: ` + workerSecret + `
`
)

// resourceCase is a resource with its configuration and a changed one.
type resourceCase struct {
	name, kind      string
	config, changed map[string]any
	// attribute is what changed changes, for an error about a lost update;
	// other changes it to another value, where there is one.
	attribute string
	other     any
	// named resources are unique by name, email address or user.
	named bool
	// due is how long the clock runs before the update.
	due time.Duration
	// untimed resources have no timeouts.
	untimed bool
}

func resourceCases() []resourceCase {
	application := map[string]any{"suite_id": suiteID, "project_id": projectID, "name": "one", "authenticator_type": "client_credentials"}
	written := map[string]any{"client_secret_wo": firstSecret, "client_secret_wo_version": 1}
	rotation := func(trigger string) map[string]any {
		return map[string]any{"secret_rotation": map[string]any{"triggers": map[string]any{"at": trigger}, "previous_secret_expires_in": 3600, "on_unknown_secret": "rotate"}}
	}
	public := with(application, map[string]any{
		"authenticator_type": "authorization_code_pkce", "redirect_urls": []string{"https://app.example.com/callback"}, "client_authentication": "none",
	})
	user := map[string]any{
		"suite_id": suiteID, "project_id": projectID, "email": "one@example.com", "first_name": "One", "role": "system_user",
		"password_wo": firstPassword, "password_wo_version": 1,
	}
	member := func(id string, enabled bool) map[string]any { return map[string]any{"user_id": id, "enabled": enabled} }
	list := func(members ...map[string]any) map[string]any {
		return map[string]any{"application_id": "list-of-the-tests-001", "users": members}
	}
	token := map[string]any{"client_id": workerClient, "client_secret": workerSecret, "login_id": "bob@example.com"}
	return []resourceCase{
		{name: "atm_suite", config: map[string]any{"name": "one"}, changed: map[string]any{"name": "two"}, attribute: "name", other: "three", named: true},
		{
			name: "atm_project", config: map[string]any{"suite_id": suiteID, "name": "one"},
			changed: map[string]any{"suite_id": suiteID, "name": "two"}, attribute: "name", other: "three", named: true,
		},
		{
			name: "atm_application", config: application,
			changed: with(application, map[string]any{"name": "two", "access_token_lifespan": 900}), attribute: "name", other: "three", named: true,
		},
		{
			name: "atm_application-write-only", kind: "atm_application", config: with(application, written),
			changed: with(application, map[string]any{"client_secret_wo": secondSecret, "client_secret_wo_version": 2, "access_token_lifespan": 900}),
		},
		{
			name: "atm_application-rotation", kind: "atm_application", config: with(application, rotation("1")),
			changed: with(application, rotation("2")),
		},
		{
			name: "atm_application-authentication", kind: "atm_application", config: public,
			changed: with(public, map[string]any{"client_authentication": "secret", "access_token_lifespan": 900}),
		},
		{
			name: "atm_user", config: user, attribute: "first_name", other: "Three", named: true,
			changed: with(user, map[string]any{"first_name": "Two", "password_wo": secondPassword, "password_wo_version": 2}),
		},
		{
			name: "atm_application_user", config: map[string]any{"application_id": workerID, "user_id": adaID},
			changed: map[string]any{"application_id": workerID, "user_id": adaID, "enabled": false}, attribute: "enabled", named: true,
		},
		{
			name: "atm_application_users", config: list(member(adaID, true)), changed: list(member(adaID, false), member(bobID, true)),
			attribute: "users", other: []map[string]any{member(adaID, false), member(bobID, false)},
		},
		{name: "atm_token", config: token, changed: token, due: 580 * time.Second, untimed: true},
	}
}

// with is a copy of config with more arguments.
func with(config, more map[string]any) map[string]any {
	config = maps.Clone(config)
	maps.Copy(config, more)
	return config
}

// within is the configuration with a timeout of one operation.
func (c *resourceCase) within(config map[string]any, operation, limit string) map[string]any {
	if c.untimed || limit == "" {
		return config
	}
	return with(config, map[string]any{"timeouts": map[string]any{operation: limit}})
}

func start(t *testing.T) *testserver.Server {
	t.Helper()
	return testserver.Start(t, testserver.WithSeed(seed))
}
