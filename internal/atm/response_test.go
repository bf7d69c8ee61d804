package atm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

const (
	times           = `"createdAt":"2026-01-02T03:04:05Z","updatedAt":"2026-01-02T03:04:05Z"`
	projectJSON     = `{"id":"p1","suiteId":"s1","name":"checkout","etag":"\"e\"",` + times + `}`
	applicationJSON = `{"id":"a1","suiteId":"s1","projectId":"p1","name":"worker","authenticatorType":"user_credentials","clientId":"c1",` +
		`"secretVersion":1,"redirectUrls":[],"allowedOrigins":[],"accessTokenLifespan":600,"refreshTokenLifespan":86400,` +
		`"refreshTokenGracePeriod":0,"managementAccess":false,"clientAuthentication":"secret","introspectionAccess":false,"federatedCredentials":[],"publicKeys":[],"etag":"\"e\"",` + times + `}`
	userJSON = `{"id":"u1","suiteId":"s1","projectId":"p1","email":"ada@example.com","firstName":"Ada","lastName":"",` +
		`"role":"system_user","enabled":true,"etag":"\"e\"",` + times + `}`
	assignmentJSON = `{"applicationId":"a1","userId":"u1","enabled":true,"etag":"\"e\"",` + times + `}`
	meJSON         = `{"userId":"u1","email":"ada@example.com","role":"super_admin","suiteId":"s1","projectId":"p1",` +
		`"applicationId":"a1","clientId":"c1","instanceId":"i-12345678"}`
	signingKeyJSON = `{"kid":"k2","alg":"RS256","status":"next","createdAt":"2026-01-02T03:04:05Z","activatesAt":null,"expiresAt":null,` +
		`"publicKey":{"kty":"RSA","use":"sig","alg":"RS256","kid":"k2","n":"AQAB","e":"AQAB"}}`
)

func listOf(item string) string { return `{"items":[` + item + `],"nextCursor":null,"total":1}` }

// operations are all requests of the client, with the success that the contract defines. creates is true where the
// outcome of a response that is not ATM's is unknown.
var operations = map[string]struct {
	status  int
	body    string
	creates bool
	// identity are the members that tell this response from another object's.
	identity []string
	call     func(context.Context, *atm.Client) error
}{
	"read suite": {200, suiteJSON, false, []string{"id"}, func(ctx context.Context, c *atm.Client) error { return second(c.Suite(ctx, "s1")) }},
	"create suite": {201, suiteJSON, true, []string{"name"}, func(ctx context.Context, c *atm.Client) error {
		return second(c.CreateSuite(ctx, "the-key-of-this-create", atm.SuiteCreate{Name: "payments"}))
	}},
	"update suite": {200, suiteJSON, false, []string{"id"}, func(ctx context.Context, c *atm.Client) error {
		name := "payments"
		return second(c.UpdateSuite(ctx, "s1", `"e1"`, atm.SuitePatch{Name: &name}))
	}},
	"delete suite": {204, "", false, nil, func(ctx context.Context, c *atm.Client) error { return c.DeleteSuite(ctx, "s1", `"e1"`) }},
	"list suites":  {200, listOf(suiteJSON), false, nil, func(ctx context.Context, c *atm.Client) error { return second(c.Suites(ctx, atm.ListSuitesParams{})) }},
	"find suite":   {200, listOf(suiteJSON), false, []string{"name"}, func(ctx context.Context, c *atm.Client) error { return second(c.SuiteNamed(ctx, "payments")) }},
	"read project": {200, projectJSON, false, []string{"id"}, func(ctx context.Context, c *atm.Client) error { return second(c.Project(ctx, "p1")) }},
	"find project": {200, listOf(projectJSON), false, []string{"name", "suiteId"}, func(ctx context.Context, c *atm.Client) error {
		return second(c.ProjectNamed(ctx, "s1", "checkout"))
	}},
	"read application": {200, applicationJSON, false, []string{"id"}, func(ctx context.Context, c *atm.Client) error {
		return second(c.Application(ctx, "a1"))
	}},
	"create application": {201, applicationJSON, true, []string{"name", "suiteId", "projectId"}, func(ctx context.Context, c *atm.Client) error {
		return second(c.CreateApplication(ctx, "the-key-of-this-create", atm.ApplicationCreate{
			Name: "worker", SuiteId: "s1", ProjectId: "p1", AuthenticatorType: atm.UserCredentials,
		}))
	}},
	"rotate secret": {200, applicationJSON, true, []string{"id"}, func(ctx context.Context, c *atm.Client) error {
		return second(c.RotateSecret(ctx, "a1", `"e1"`, "the-key-of-this-create", atm.SecretRotation{}))
	}},
	"applications by ids": {200, listOf(applicationJSON), false, []string{"id"}, func(ctx context.Context, c *atm.Client) error {
		return second(c.Applications(ctx, atm.ListApplicationsParams{Ids: &[]string{"a1", "a2"}}))
	}},
	"read user": {200, userJSON, false, []string{"id"}, func(ctx context.Context, c *atm.Client) error { return second(c.User(ctx, "u1")) }},
	"find user": {200, listOf(userJSON), false, []string{"email"}, func(ctx context.Context, c *atm.Client) error {
		return second(c.UserWithEmail(ctx, "ada@example.com"))
	}},
	"reset password": {204, "", false, nil, func(ctx context.Context, c *atm.Client) error {
		return c.SetPassword(ctx, "u1", "the-key-of-this-reset", "correct horse")
	}},
	"read assignment": {200, assignmentJSON, false, []string{"applicationId", "userId"}, func(ctx context.Context, c *atm.Client) error {
		return second(c.ApplicationUser(ctx, "a1", "u1"))
	}},
	"assign user": {201, assignmentJSON, true, []string{"applicationId", "userId"}, func(ctx context.Context, c *atm.Client) error {
		return second(c.AssignUser(ctx, "a1", "u1", "the-key-of-this-create", atm.ApplicationUserPut{}))
	}},
	"update assignment": {200, assignmentJSON, false, []string{"applicationId", "userId"}, func(ctx context.Context, c *atm.Client) error {
		return second(c.UpdateApplicationUser(ctx, "a1", "u1", `"e1"`, atm.ApplicationUserPut{}))
	}},
	"unassign user": {204, "", false, nil, func(ctx context.Context, c *atm.Client) error { return c.UnassignUser(ctx, "a1", "u1", `"e1"`) }},
	"list assignments": {200, listOf(assignmentJSON), false, []string{"applicationId"}, func(ctx context.Context, c *atm.Client) error {
		return second(c.ApplicationUsers(ctx, atm.ListApplicationUsersParams{ApplicationIds: &[]string{"a1"}}))
	}},
	"change assignments": {200, `{"items":[` + assignmentJSON + `]}`, true, []string{"applicationId"}, func(ctx context.Context, c *atm.Client) error {
		return second(c.ChangeApplicationUsers(ctx, "a1", "the-key-of-this-create", atm.ApplicationUsersPatch{}))
	}},
	"read caller": {200, meJSON, false, nil, func(ctx context.Context, c *atm.Client) error { return second(c.Me(ctx)) }},
	"resolve key": {200, `{"type":"suite","id":"s1"}`, false, nil, func(ctx context.Context, c *atm.Client) error {
		return second(c.ResolveKey(ctx, "the-key-of-a-create"))
	}},
	"revoke tokens": {204, "", false, nil, func(ctx context.Context, c *atm.Client) error {
		user := "u1"
		return c.RevokeTokens(ctx, "the-key-of-this-act", atm.TokenRevocation{UserId: &user})
	}},
	"rotate signing key": {200, signingKeyJSON, false, nil, func(ctx context.Context, c *atm.Client) error {
		return second(c.RotateSigningKey(ctx, "the-key-of-this-act"))
	}},
	"issue token": {200, `{"access_token":"t"}`, false, nil, func(ctx context.Context, c *atm.Client) error {
		return second(c.IssueToken(ctx, atm.TokenRequest{Grant: atm.GrantClientCredentials, ClientID: "c1", ClientSecret: "secret"}))
	}},
	"read JWKS": {200, `{"keys":[]}`, false, nil, func(ctx context.Context, c *atm.Client) error { return second(c.JWKS(ctx)) }},
}

func second[T any](_ T, err error) error { return err }

// Every response that the contract does not define is an error that says so, and never a result.
func TestClient_ResponseThatTheContractDoesNotDefine(t *testing.T) {
	t.Parallel()
	for name, op := range operations {
		responses := map[string]http.HandlerFunc{
			"HTML":                    page,
			"a redirect":              redirect,
			"202":                     response(202, op.body),
			"a gateway's 403":         response(403, `{"message":"denied"}`),
			"a gateway's 404":         response(404, "not here"),
			"another service's 404":   problem(404, "https://tools.ietf.org/html/rfc9110#section-15.5.5"),
			"a 404 without a type":    response(404, `{"title":"Not Found","status":404}`),
			"a 404 about 200":         response(404, `{"type":"urn:atm:problem:not-found","title":"t","status":200}`),
			"a truncated 409":         response(409, `{"type":"urn:atm:problem:name-taken","ti`),
			"200 and nothing":         response(200, ""),
			"another service's JSON":  response(op.status, `{"message":"maintenance"}`),
			"an empty object":         response(op.status, `{}`),
			"an array":                response(op.status, `[]`),
			"null":                    response(op.status, `null`),
			"a success without JSON":  response(op.status, `ok`),
			"two values":              response(op.status, op.body+op.body),
			"a success that was cut":  response(op.status, op.body[:len(op.body)/2]),
			"204":                     response(204, ""),
			"a success without bytes": response(op.status, ""),
		}
		if op.status == 204 {
			for _, same := range []string{"another service's JSON", "an empty object", "an array", "null", "a success without JSON",
				"two values", "a success that was cut", "204", "a success without bytes"} {
				delete(responses, same) // a 204 has no body
			}
		}
		if name == "read caller" {
			delete(responses, "a gateway's 404") // covered by TestMe_AnATMWithoutIt
			delete(responses, "a 404 without a type")
		}
		maps.Copy(responses, changedBodies(t, op.status, op.body, op.identity))
		for what, response := range responses {
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				// A create goes on until its time is over.
				server := newFake(t, response, func(w http.ResponseWriter, r *http.Request) {
					response(w, r)
					if op.creates {
						time.AfterFunc(20*time.Millisecond, func() { cancel(errors.New("timeouts.create is over")) })
					}
				})
				client := server.client(t, func(c *atm.Config) { c.MaxRetries = 1 })
				err := op.call(ctx, client)
				var foreign *atm.UnexpectedResponseError
				if !errors.As(err, &foreign) || atm.IsNotFound(err) || foreign.RequestID == "" {
					t.Fatalf("err = %v, want an unexpected response", err)
				}
				if n := len(server.requests()); n < 2 && name != "read caller" {
					t.Errorf("%d requests, want it repeated", n)
				}
				var unknown *atm.UnknownOutcomeError
				if errors.As(err, &unknown) != op.creates || op.creates && unknown.Key == "" {
					t.Errorf("err = %v: an unknown outcome with its key: %t, want %t", err, !op.creates, op.creates)
				}
			})
		}
		t.Run(name+"/the contract's", func(t *testing.T) {
			t.Parallel()
			if err := op.call(t.Context(), newFake(t, response(op.status, op.body)).client(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

func redirect(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Location", "https://login.example.com/?next=secret")
	w.WriteHeader(http.StatusFound)
}

// optionalMembers are those that a response may lack.
var optionalMembers = []string{"clientSecret"}

// changedBodies are the body without one of its members, with null, a wrong type or a text that is not one of ATM's
// there, and with another identity.
func changedBodies(t *testing.T, status int, body string, identity []string) map[string]http.HandlerFunc {
	t.Helper()
	out := map[string]http.HandlerFunc{}
	if body == "" {
		return out
	}
	change := func(what string, edit func(members map[string]any)) {
		var tree map[string]any
		if err := json.Unmarshal([]byte(body), &tree); err != nil {
			t.Fatal(err)
		}
		edit(innermost(tree))
		text, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		out[what] = response(status, string(text))
	}
	var tree map[string]any
	if err := json.Unmarshal([]byte(body), &tree); err != nil {
		t.Fatal(err)
	}
	for name, value := range innermost(tree) {
		if slices.Contains(optionalMembers, name) {
			continue
		}
		change("without "+name, func(m map[string]any) { delete(m, name) })
		if value != nil { // nullable
			change(name+" null", func(m map[string]any) { m[name] = nil })
		}
		change(name+" of another type", func(m map[string]any) { m[name] = map[string]any{"a": 1} })
		if text, ok := value.(string); ok {
			change(name+" with a line break", func(m map[string]any) { m[name] = text + "\n\nimport {" })
			change(name+" with an escape sequence", func(m map[string]any) { m[name] = text + "\x1b[31m" })
		}
		if (name == "id" || strings.HasSuffix(name, "Id")) && name != "clientId" {
			change(name+" that is a template", func(m map[string]any) { m[name] = "${var.api_key}" })
		}
		change(name+" in another case", func(m map[string]any) { m[strings.ToUpper(name)] = m[name]; delete(m, name) })
	}
	for _, name := range identity {
		change("another "+name, func(m map[string]any) { m[name] = "another" })
		change("an empty "+name, func(m map[string]any) { m[name] = "" })
	}
	if items, ok := tree["items"]; ok {
		out["without items"] = response(status, `{"nextCursor":null,"total":1}`)
		out["items null"] = response(status, `{"items":null,"nextCursor":null,"total":1}`)
		_ = items
	}
	return out
}

// innermost is the object itself, or the first item of a list.
func innermost(tree map[string]any) map[string]any {
	if items, ok := tree["items"].([]any); ok && len(items) > 0 {
		return items[0].(map[string]any)
	}
	return tree
}

// A server that normalizes a spelling still creates the object that was asked for.
func TestClient_CreateMayNormalizeTheName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Payments", " payments ", "payments"} {
		if _, err := newFake(t, response(201, suiteJSON)).client(t).CreateSuite(t.Context(), "a-key-of-this-test", atm.SuiteCreate{Name: name}); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestMe_IsRequestedOnce(t *testing.T) {
	t.Parallel()
	server := newFake(t, problem(500, "urn:atm:problem:internal"), response(200, meJSON))
	client := server.client(t, func(c *atm.Config) { c.MaxRetries = 0 })
	if _, err := client.Me(t.Context()); err == nil {
		t.Error("no error for a 500")
	}
	for range 3 {
		if me, err := client.Me(t.Context()); err != nil || me.InstanceId != "i-12345678" {
			t.Errorf("%+v, %v", me, err)
		}
	}
	if n := len(server.requests()); n != 2 {
		t.Errorf("%d requests, want the one that failed and one", n)
	}
}

func TestMe_AnATMWithoutIt(t *testing.T) {
	t.Parallel()
	for name, response := range map[string]http.HandlerFunc{
		"404": response(404, "not here"), "405": response(405, ""), "501": response(501, ""),
		"ATM's unknown path": problem(404, atm.ProblemUnknownPath),
	} {
		server := newFake(t, response)
		client := server.client(t)
		for range 3 {
			if _, err := client.Me(t.Context()); err == nil || atm.IsNotFound(err) {
				t.Errorf("%s: err = %v", name, err)
			}
		}
		if n := len(server.requests()); n != 1 {
			t.Errorf("%s: %d requests, want 1: it will not be there later in this run", name, n)
		}
	}
}

// The 404 of the sign-in is not the object's.
func TestIsNotFound_IsAboutTheRequestItself(t *testing.T) {
	t.Parallel()
	server := newFake(t, problem(404, atm.ProblemNotFound))
	client := server.client(t, func(c *atm.Config) {
		c.AccessToken, c.ClientID, c.ClientSecret, c.LoginID = atm.Secret{}, "c", atm.SecretValue("very-secret"), "ada@example.com"
		c.MaxRetries = 0
	})
	if err := client.DeleteSuite(t.Context(), "s1", `"e"`); err == nil || atm.IsNotFound(err) {
		t.Errorf("err = %v, want one that is not about the suite", err)
	}
	wrapped := &atm.SignInError{Err: &atm.ProblemError{Type: atm.ProblemNotFound, Status: 404}}
	if atm.IsNotFound(fmt.Errorf("read suite: %w", wrapped)) {
		t.Error("a sign-in's 404 counts as the object's")
	}
}

// A PEM is the one text with line breaks; other control characters are not the contract's there either.
func TestApplication_PublicKeysHaveLineBreaks(t *testing.T) {
	t.Parallel()
	const key = `-----BEGIN PUBLIC KEY-----\nMFkw\r\n-----END PUBLIC KEY-----\n`
	for members, valid := range map[string]bool{
		`{"kid":"k","pem":"` + key + `"}`:       true,
		`{"kid":"k\n","pem":"` + key + `"}`:     false,
		`{"kid":"k","pem":"` + key + `\u001b"}`: false,
	} {
		body := strings.Replace(applicationJSON, `"publicKeys":[]`, `"publicKeys":[`+members+`]`, 1)
		if body == applicationJSON {
			t.Fatal("the application has no public keys")
		}
		client := newFake(t, response(200, body)).client(t, func(c *atm.Config) { c.MaxRetries = 0 })
		if _, err := client.Application(t.Context(), "a1"); (err == nil) != valid {
			t.Errorf("%s: %v", members, err)
		}
	}
}
