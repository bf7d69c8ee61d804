package testserver_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/teststore"
)

// fields is a JSON object.
type fields = map[string]any

// tenant is a server that is stopped and started again on one store.
type tenant struct {
	t     testing.TB
	store testserver.Option
	s     *testserver.Server
	// root is a super admin of the test's own, by an application of the test's
	// own: neither a seed nor a flag names them.
	root account
}

// account is what a user signs in with by the User Credentials flow.
type account struct{ userID, loginID, applicationID, clientID, clientSecret string }

// newTenant starts a server on a file, or on PostgreSQL where the suite runs
// there.
func newTenant(t testing.TB, opts ...testserver.Option) *tenant {
	t.Helper()
	n := &tenant{t: t}
	if teststore.DatabaseURL != nil {
		n.store = testserver.WithDatabaseURL(teststore.DatabaseURL(t))
	} else {
		n.store = testserver.WithDataDir(t.TempDir())
	}
	n.mustStart(opts...)
	token, err := n.s.Admin().Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	suite, project := n.suite(token)
	n.root = n.account(token, suite, project, "super_admin")
	return n
}

// start starts the server again, and returns why it refuses to.
func (n *tenant) start(opts ...testserver.Option) (err error) {
	n.t.Helper()
	if n.s != nil {
		if err := n.s.Close(); err != nil {
			n.t.Fatal(err)
		}
	}
	n.s, err = testserver.TryStart(n.t, append([]testserver.Option{n.store}, opts...)...)
	return err
}

func (n *tenant) mustStart(opts ...testserver.Option) {
	n.t.Helper()
	if err := n.start(opts...); err != nil {
		n.t.Fatal(err)
	}
}

// refuses wants a start to be refused with all of these words, and starts the
// server without the options, so that someone can follow the remedy.
func (n *tenant) refuses(words []string, opts ...testserver.Option) {
	n.t.Helper()
	err := n.start(opts...)
	if err == nil {
		n.t.Fatalf("the server started, want an error with %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			n.t.Errorf("the error lacks %q: %v", word, err)
		}
	}
	n.mustStart()
}

// call sends a request to the management API. More headers are names and values
// in turn.
func (n *tenant) call(token, method, path string, body any, headers ...string) response {
	n.t.Helper()
	text := ""
	headers = append([]string{"Authorization", "Bearer " + token}, headers...)
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			n.t.Fatal(err)
		}
		text = string(encoded)
		if method == http.MethodPatch && !strings.HasSuffix(path, "/users") {
			headers = append(headers, "Content-Type", "application/merge-patch+json")
		}
	}
	return send(n.t.Context(), n.t, n.s, method, "/api/v1"+path, text, headers...)
}

// want is call for a request that must end with a status.
func (n *tenant) want(status int, token, method, path string, body any) response {
	n.t.Helper()
	got := n.call(token, method, path, body)
	if got.status != status {
		n.t.Fatalf("%s %s: %d %s, want %d", method, path, got.status, got.body, status)
	}
	return got
}

// suite creates a suite with a project.
func (n *tenant) suite(token string) (suite, project string) {
	n.t.Helper()
	suite = n.want(http.StatusCreated, token, http.MethodPost, "/suites", fields{"name": "suite " + random.ID()}).field("id")
	return suite, n.project(token, suite)
}

func (n *tenant) project(token, suite string) string {
	n.t.Helper()
	return n.want(http.StatusCreated, token, http.MethodPost, "/projects", fields{"name": "project " + random.ID(), "suiteId": suite}).field("id")
}

func (n *tenant) user(token, suite, project, role string, more fields) response {
	n.t.Helper()
	return n.want(http.StatusCreated, token, http.MethodPost, "/users", with(fields{
		"email": random.ID() + "@example.com", "firstName": "Thong", "role": role, "suiteId": suite, "projectId": project,
	}, more))
}

func (n *tenant) application(token, suite, project string, more fields) response {
	n.t.Helper()
	return n.want(http.StatusCreated, token, http.MethodPost, "/applications", with(fields{
		"name": "application " + random.ID(), "suiteId": suite, "projectId": project, "authenticatorType": "user_credentials",
	}, more))
}

func (n *tenant) assign(token, application, user string) {
	n.t.Helper()
	n.want(http.StatusCreated, token, http.MethodPut, "/applications/"+application+"/users/"+user, fields{})
}

// account creates a user and an application with management access that signs
// this user in.
func (n *tenant) account(token, suite, project, role string) account {
	n.t.Helper()
	user := n.user(token, suite, project, role, nil)
	application := n.application(token, suite, project, fields{"managementAccess": true})
	n.assign(token, application.field("id"), user.field("id"))
	return account{user.field("id"), user.field("email"), application.field("id"), application.field("clientId"), application.field("clientSecret")}
}

// token signs an account in.
func (n *tenant) token(a account) string {
	n.t.Helper()
	got := n.signIn(a.clientID, a.clientSecret, a.loginID)
	if got.status != http.StatusOK {
		n.t.Fatalf("sign-in: %d %s", got.status, got.body)
	}
	return got.field("access_token")
}

// signIn asks for tokens by the User Credentials flow.
func (n *tenant) signIn(clientID, secret, loginID string) response {
	n.t.Helper()
	return n.ask(fields{"grant_type": "user_credentials", "clientId": clientID, "clientSecret": secret, "loginId": loginID})
}

// ask sends a token request.
func (n *tenant) ask(request fields) response {
	n.t.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		n.t.Fatal(err)
	}
	return send(n.t.Context(), n.t, n.s, http.MethodPost, "/auth/token", string(body))
}

// code signs a user in on the sign-in page and returns the authorization code,
// or nothing where the page refuses.
func (n *tenant) code(clientID, email, password string) string {
	n.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		n.t.Fatal(err)
	}
	client := *n.s.Client()
	client.Jar = jar
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	page := n.browse(&client, http.MethodGet, "/login?clientId="+url.QueryEscape(clientID), nil)
	form := url.Values{"email": {email}, "password": {password}}
	for _, field := range hiddenField.FindAllStringSubmatch(string(page.body), -1) {
		form.Set(field[1], field[2])
	}
	if page.status != http.StatusOK {
		return ""
	}
	back, err := url.Parse(n.browse(&client, http.MethodPost, "/login", form).header.Get("Location"))
	if err != nil {
		n.t.Fatal(err)
	}
	return back.Query().Get("code")
}

func (n *tenant) browse(client *http.Client, method, path string, form url.Values) response {
	n.t.Helper()
	r, err := http.NewRequestWithContext(n.t.Context(), method, n.s.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		n.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", n.s.URL)
	got, err := client.Do(r)
	if err != nil {
		n.t.Fatal(err)
	}
	defer got.Body.Close()
	content, err := io.ReadAll(got.Body)
	if err != nil {
		n.t.Fatal(err)
	}
	return response{got.StatusCode, got.Header, content}
}

// with copies an object and changes some of its fields.
func with(base, changes fields) fields {
	out := fields{}
	for k, v := range base {
		out[k] = v
	}
	for k, v := range changes {
		out[k] = v
	}
	return out
}
