package framework_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// faults are what may meet any request.
func faults() map[string]testserver.Fault {
	truncated := 10
	return map[string]testserver.Fault{
		"reset before ATM acted": {Drop: testserver.DropBefore},
		"reset after ATM acted":  {Drop: testserver.DropAfter},
		"500":                    {Status: 500},
		"502":                    {Status: 502, Body: "<html>bad gateway</html>", Headers: map[string]string{"Content-Type": "text/html"}},
		"503":                    {Status: 503, Headers: map[string]string{"Retry-After": "0"}},
		"429":                    {Status: 429, Headers: map[string]string{"Retry-After": "0"}},
		"truncated":              {Truncate: &truncated},
		"another page":           {Status: 200, Body: "<html>Sign in to the Wi-Fi</html>", Headers: map[string]string{"Content-Type": "text/html"}},
		"JSON that is none":      {Status: 200, Body: `{"id":`, Headers: map[string]string{"Content-Type": "application/json"}},
		"no response in time":    {Delay: 1200 * time.Millisecond},
	}
}

// operations are what Terraform does to an object, each from a state where the
// ones before have been done.
var operations = []string{"create", "read", "update", "delete"}

// One fault at each request of each operation is not even noticed.
func TestFaults_OneIsRepaired(t *testing.T) {
	t.Parallel()
	matrix(t, map[string]any{"request_timeout": 1}, func(w *world) {
		w.fault.Times = 1
		w.meet(w.operation)
		acctest.NoErrors(w.T, w.diags)
		w.end(w.T)
	})
}

// Where every request of the operation fails and the provider gives up, a
// second apply converges: ATM holds exactly what the configuration says, once.
func TestFaults_ASecondApplyConverges(t *testing.T) {
	t.Parallel()
	matrix(t, map[string]any{"max_retries": 0, "request_timeout": 1}, func(w *world) {
		switch {
		case w.operation == "create":
			w.config = short(w.resourceCase.config)
		case w.fault.Headers["Retry-After"] != "" && !w.o.Gone():
			// The provider waits for as long as a response asks, within the
			// operation's time.
			timeouts := map[string]any{w.operation: "3s"}
			w.resourceCase.config, w.resourceCase.changed = acctest.With(w.resourceCase.config, "timeouts", timeouts), acctest.With(w.resourceCase.changed, "timeouts", timeouts)
			acctest.NoErrors(w.T, w.p.Apply(w.o, map[string]map[string]any{"read": w.resourceCase.config, "update": w.resourceCase.config, "delete": w.resourceCase.changed}[w.operation]))
		}
		w.meet(w.operation)
		w.p = signedIn(w.h, nil) // the second apply is another process
		w.end(w.T)
	})
}

// world is one resourceCase under one fault in one operation.
type world struct {
	*testing.T
	server       *testserver.Server
	h            *acctest.Harness
	p            *acctest.Protocol
	resourceCase typeCase
	o            *acctest.Object
	config       map[string]any // of the create
	operation    string
	fault        testserver.Fault
	diags        []*tfprotov6.Diagnostic
}

func matrix(t *testing.T, settings map[string]any, test func(w *world)) {
	t.Helper()
	for name, fault := range faults() {
		if testing.Short() && (fault.Delay > 0 || fault.Headers["Retry-After"] != "") {
			continue // these wait for seconds
		}
		for _, operation := range operations {
			t.Run(strings.ReplaceAll(name, " ", "-")+"/"+operation, func(t *testing.T) {
				server, h := acctest.Start(t)
				for _, resourceCase := range cases(t, h) {
					if fault.Drop == "" && resourceCase.kind != "atm_application" && resourceCase.kind != "atm_application_user" {
						continue // one POST and one PUT represent all that go through the same code
					}
					w := &world{T: t, server: server, h: h, p: signedIn(h, settings), resourceCase: resourceCase, operation: operation, fault: fault, config: resourceCase.config}
					w.o = w.p.New(resourceCase.kind)
					w.prepare(t)
					test(w)
				}
			})
		}
	}
}

// prepare does what comes before the operation.
func (w *world) prepare(t *testing.T) {
	t.Helper()
	for _, operation := range operations {
		if operation == w.operation {
			return
		}
		w.do(operation)
		acctest.NoErrors(t, w.diags)
	}
}

// meet does the operation under the fault.
func (w *world) meet(operation string) {
	w.fault.Path = "/api/v1/**"
	remove := w.server.Fail(w.fault)
	w.do(operation)
	remove()
	time.Sleep(w.fault.Delay) // what was delayed may still be acted on
}

func (w *world) do(operation string) {
	switch operation {
	case "create":
		w.diags = w.p.Apply(w.o, w.config)
	case "read":
		w.diags = w.p.Refresh(w.o)
	case "update":
		w.diags = w.p.Apply(w.o, w.resourceCase.changed)
	case "delete":
		w.diags = w.p.Apply(w.o, nil)
	}
}

// end applies again and looks at what ATM holds.
func (w *world) end(t *testing.T) {
	t.Helper()
	acctest.NoErrors(t, w.p.Refresh(w.o))
	want := map[string]map[string]any{"create": w.resourceCase.config, "read": w.resourceCase.config, "update": w.resourceCase.changed}[w.operation]
	if want == nil {
		acctest.NoErrors(t, w.p.Apply(w.o, nil))
		if n := w.count(t); n != 0 {
			t.Errorf("%s: ATM holds %d after the destroy", w.resourceCase.kind, n)
		}
		return
	}
	acctest.NoErrors(t, w.p.Apply(w.o, want))
	if w.o.Tainted || w.o.Gone() {
		t.Fatalf("%s: the second apply did not finish", w.resourceCase.kind)
	}
	if n := w.count(t); n != 1 {
		t.Errorf("%s: ATM holds %d, want 1", w.resourceCase.kind, n)
	}
	w.o.Identity = nil
	converged(t, w.p, w.o, typeCase{kind: w.resourceCase.kind, config: want})
	if w.resourceCase.kind == "atm_application" {
		w.secretWorks(t)
	}
	acctest.NoErrors(t, w.p.Apply(w.o, nil))
}

// count is how many objects of the resourceCase's names ATM holds.
func (w *world) count(t *testing.T) int {
	t.Helper()
	names := map[string]bool{"one": true, "two": true, "one@example.com": true}
	n := 0
	switch ctx := t.Context(); w.resourceCase.kind {
	case "atm_suite":
		suites, err := w.h.API.Suites(ctx, atm.ListSuitesParams{})
		fail(t, err)
		for _, s := range suites {
			if names[s.Name] {
				n++
			}
		}
	case "atm_project":
		projects, err := w.h.API.Projects(ctx, atm.ListProjectsParams{})
		fail(t, err)
		for _, p := range projects {
			if names[p.Name] {
				n++
			}
		}
	case "atm_application":
		apps, err := w.h.API.Applications(ctx, atm.ListApplicationsParams{})
		fail(t, err)
		for _, a := range apps {
			if names[a.Name] {
				n++
			}
		}
	case "atm_user":
		users, err := w.h.API.Users(ctx, atm.ListUsersParams{})
		fail(t, err)
		for _, u := range users {
			if names[u.Email] {
				n++
			}
		}
	default:
		assigned, err := w.h.API.ApplicationUsers(ctx, atm.ListApplicationUsersParams{ApplicationIds: &[]string{w.resourceCase.config["application_id"].(string)}})
		fail(t, err)
		n = len(assigned)
	}
	return n
}

// secretWorks: no secret that Terraform was given is lost. The application is
// of the User Credentials type and has no user, so a right secret is refused
// for the user, and a wrong one for the client.
func (w *world) secretWorks(t *testing.T) {
	t.Helper()
	secret, _ := w.o.Get("client_secret").(string)
	_, err := w.h.API.IssueToken(t.Context(), atm.TokenRequest{
		Grant: atm.GrantUserCredentials, ClientID: w.o.Get("client_id").(string), ClientSecret: secret, LoginID: "nobody@example.com",
	})
	var refused *atm.OAuthError
	if !errors.As(err, &refused) || refused.Code == "invalid_client" || refused.Status == http.StatusUnauthorized {
		t.Errorf("the secret in the state does not belong to the client id: %v", err)
	}
}

func fail(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
