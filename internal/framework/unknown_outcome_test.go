package framework_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// path is where the resourceCase is created.
var path = map[string]string{
	"atm_suite": "/api/v1/suites", "atm_project": "/api/v1/projects", "atm_application": "/api/v1/applications",
	"atm_user": "/api/v1/users", "atm_application_user": "/api/v1/applications/*/users/*",
}

// short gives up early; it may be before ATM has acted.
func short(config map[string]any) map[string]any { return within("200ms", config) }

// lost gives up after ATM has surely acted, or not, even on a busy machine.
func lost(config map[string]any) map[string]any { return within("1s", config) }

func within(limit string, config map[string]any) map[string]any {
	out := map[string]any{"timeouts": map[string]any{"create": limit}}
	for name, value := range config {
		out[name] = value
	}
	return out
}

// A create without any response is found again by its key and replaced, and
// leaves one object.
func TestUnknownOutcome_ThatActedIsReplaced(t *testing.T) {
	t.Parallel()
	each(t, func(t *perResource) {
		p := signedIn(t.h, nil)
		remove := t.server.Fail(testserver.Fault{Path: path[t.resourceCase.kind], Drop: testserver.DropAfter})
		o := p.New(t.resourceCase.kind)
		diags := p.Apply(o, lost(t.resourceCase.config))
		remove()
		acctest.WantWarning(t.T, diags, "", "Unknown whether")
		acctest.WantError(t.T, diags, "", "timeouts.create", "request id")
		if !o.Tainted {
			t.Fatal("nothing was kept of the create")
		}

		acctest.NoErrors(t.T, p.Refresh(o))
		if o.Gone() || o.Get(t.resourceCase.identity[0]) == nil {
			t.Fatalf("the object was not found again: %s", o.State)
		}
		unfinished := o.Get("id")
		acctest.NoErrors(t.T, p.Apply(o, t.resourceCase.config))
		// The id of an assignment is composed of others, and the same after a replacement.
		generated := slices.Contains(t.resourceCase.identity, "id")
		if o.Tainted || generated && o.Get("id") == unfinished {
			t.Error("the unfinished object was not replaced")
		}
		converged(t.T, p, o, t.resourceCase)
	})
}

// A create that never reached ATM is dropped with a warning.
func TestUnknownOutcome_ThatDidNothingIsDropped(t *testing.T) {
	t.Parallel()
	each(t, func(t *perResource) {
		p := signedIn(t.h, nil)
		remove := t.server.Fail(testserver.Fault{Path: path[t.resourceCase.kind], Drop: testserver.DropBefore})
		o := p.New(t.resourceCase.kind)
		if diags := p.Apply(o, lost(t.resourceCase.config)); !acctest.HasErrors(diags) {
			t.Fatal("the create did not fail")
		}
		remove()
		acctest.WantWarning(t.T, p.Refresh(o), "", t.resourceCase.kind)
		if !o.Gone() {
			t.Fatalf("still in the state: %s", o.State)
		}
		acctest.NoErrors(t.T, p.Apply(o, t.resourceCase.config))
		converged(t.T, p, o, t.resourceCase)
	})
}

// ATM keeps what a key made as long as the object exists, also when the stored
// response has expired.
func TestUnknownOutcome_IsResolvedAfterDays(t *testing.T) {
	server, h := acctest.Start(t)
	p := signedIn(h, nil)
	remove := server.Fail(testserver.Fault{Path: "/api/v1/suites", Drop: testserver.DropAfter})
	o := p.New("atm_suite")
	config := map[string]any{"name": "one"}
	_ = p.Apply(o, lost(config))
	remove()
	server.Clock.Advance(50 * time.Hour)
	acctest.NoErrors(t, p.Refresh(o))
	acctest.NoErrors(t, p.Apply(o, config))
	converged(t, p, o, typeCase{kind: "atm_suite", config: config})
}

// The key is the caller's: to another one ATM says that it made nothing, which
// must not be taken for the outcome.
func TestUnknownOutcome_IsNotResolvedByAnotherCaller(t *testing.T) {
	server, h := acctest.Start(t)
	p := signedIn(h, nil)
	remove := server.Fail(testserver.Fault{Path: "/api/v1/suites", Drop: testserver.DropAfter})
	o := p.New("atm_suite")
	config := map[string]any{"name": "one"}
	_ = p.Apply(o, lost(config))
	remove()

	admin := server.Admin()
	other := anotherAdmin(t, h, admin.ClientID)
	for name, settings := range map[string]map[string]any{
		"signed in":    {"client_id": admin.ClientID, "client_secret": admin.ClientSecret, "login_id": other},
		"with a token": {"access_token": tokenOf(t, h, admin.ClientID, admin.ClientSecret, other)},
	} {
		before := o.State
		acctest.WantError(t, h.Protocol(settings).Refresh(o), "", admin.LoginID, other, "atm_suite")
		if o.Gone() || !o.State.Equal(before) {
			t.Errorf("%s: the state changed to %s", name, o.State)
		}
	}
	acctest.NoErrors(t, signedIn(h, nil).Refresh(o))
	if o.Get("id") == nil {
		t.Errorf("its own caller does not find it: %s", o.State)
	}
}

// A destroy with -refresh=false asks ATM too: the key is in private state.
func TestUnknownOutcome_DestroyWithoutRefresh(t *testing.T) {
	t.Parallel()
	each(t, func(t *perResource) {
		for _, drop := range []string{testserver.DropBefore, testserver.DropAfter} {
			p := signedIn(t.h, nil)
			remove := t.server.Fail(testserver.Fault{Path: path[t.resourceCase.kind], Drop: drop})
			o := p.New(t.resourceCase.kind)
			_ = p.Apply(o, lost(t.resourceCase.config))
			remove()
			silent := t.server.Fail(testserver.Fault{Path: "/api/v1/idempotent-result", Status: 503})
			unresolved := *o
			acctest.WantError(t.T, p.Apply(&unresolved, nil), "", "request id")
			if unresolved.Gone() {
				t.Error("a destroy that could not ask ATM succeeded")
			}
			silent()
			acctest.NoErrors(t.T, p.Apply(o, nil))
			// The same name is free, and no late create can take it.
			again := p.New(t.resourceCase.kind)
			acctest.NoErrors(t.T, p.Apply(again, t.resourceCase.config))
			acctest.NoErrors(t.T, p.Apply(again, nil))
		}
	})
}

// Terraform passes no private state to the delete half of a replacement of a
// tainted object: without a refresh the provider cannot ask ATM, and the error
// says so.
func TestUnknownOutcome_ReplacementWithoutRefresh(t *testing.T) {
	server, h := acctest.Start(t)
	p := signedIn(h, nil)
	remove := server.Fail(testserver.Fault{Path: "/api/v1/suites", Drop: testserver.DropAfter})
	o := p.New("atm_suite")
	config := map[string]any{"name": "one"}
	_ = p.Apply(o, lost(config))
	remove()
	destroyed := *o
	destroyed.Private = nil
	acctest.WantWarning(t, p.Apply(&destroyed, nil), "", "Unknown whether atm_suite exists", "taken")
	acctest.WantError(t, p.Apply(o, config), "name", "taken", "import {")
}

// State without id and key, as that failed replacement leaves, is dropped with
// what is true.
func TestUnknownOutcome_WithoutKey(t *testing.T) {
	server, h := acctest.Start(t)
	p := signedIn(h, nil)
	remove := server.Fail(testserver.Fault{Path: "/api/v1/suites", Drop: testserver.DropBefore})
	o := p.New("atm_suite")
	_ = p.Apply(o, lost(map[string]any{"name": "one"}))
	remove()
	o.Private = nil
	acctest.WantWarning(t, p.Refresh(o), "", "unfinished atm_suite", "It is unknown whether")
	if !o.Gone() {
		t.Errorf("still in the state: %s", o.State)
	}
}

// After the query, a create that is still on its way is refused.
func TestUnknownOutcome_ALateCreateIsRefused(t *testing.T) {
	server, h := acctest.Start(t)
	for _, resourceCase := range cases(t, h) {
		if resourceCase.kind != "atm_suite" && resourceCase.kind != "atm_application_user" {
			continue
		}
		p := signedIn(h, nil)
		method := map[string]string{"atm_suite": "POST", "atm_application_user": "PUT"}[resourceCase.kind]
		remove := server.Fail(testserver.Fault{Method: method, Path: path[resourceCase.kind], Drop: testserver.DropBefore})
		o := p.New(resourceCase.kind)
		_ = p.Apply(o, lost(resourceCase.config))
		key := keyOf(t, o)
		acctest.WantWarning(t, p.Refresh(o), "", "unfinished "+resourceCase.kind, "will do nothing later")
		remove() // not before: a busy server may read the last attempt only now
		var err error
		if resourceCase.kind == "atm_suite" {
			_, err = h.API.CreateSuite(t.Context(), key, atm.SuiteCreate{Name: "one"})
		} else {
			_, err = h.API.AssignUser(t.Context(), resourceCase.config["application_id"].(string), resourceCase.config["user_id"].(string), key, atm.ApplicationUserPut{})
		}
		if !atm.IsProblem(err, atm.ProblemKeyVoid) {
			t.Errorf("%s: the late create: %v", resourceCase.kind, err)
		}
		acctest.NoErrors(t, p.Apply(o, resourceCase.config))
	}
}

// keyOf is the idempotency key in private state.
func keyOf(t *testing.T, o *acctest.Object) string {
	t.Helper()
	var (
		private map[string][]byte
		outcome struct{ Key string }
	)
	fail(t, json.Unmarshal(o.Private, &private))
	fail(t, json.Unmarshal(private["lost_create"], &outcome))
	if outcome.Key == "" {
		t.Fatalf("private state has no key: %s", o.Private)
	}
	return outcome.Key
}

// Another instance of ATM knows nothing of the key, which says nothing.
func TestUnknownOutcome_IsNotResolvedByAnotherInstance(t *testing.T) {
	t.Parallel()
	other := testserver.Start(t).Admin()
	each(t, func(t *perResource) {
		remove := t.server.Fail(testserver.Fault{Path: path[t.resourceCase.kind], Drop: testserver.DropAfter})
		o := signedIn(t.h, nil).New(t.resourceCase.kind)
		_ = signedIn(t.h, nil).Apply(o, lost(t.resourceCase.config))
		remove()
		elsewhere := t.h.Protocol(map[string]any{"endpoint": other.Endpoint, "client_id": other.ClientID, "client_secret": other.ClientSecret, "login_id": other.LoginID})
		for name, do := range map[string]func(o *acctest.Object) []*tfprotov6.Diagnostic{
			"refresh": elsewhere.Refresh,
			"destroy": func(o *acctest.Object) []*tfprotov6.Diagnostic { return elsewhere.Apply(o, nil) },
		} {
			kept := *o
			acctest.WantError(t.T, do(&kept), "", "Cannot tell whether "+t.resourceCase.kind+" was created", "instance")
			if kept.Gone() || !kept.State.Equal(o.State) {
				t.Errorf("%s changed the state to %s", name, kept.State)
			}
		}
		acctest.NoErrors(t.T, signedIn(t.h, nil).Refresh(o))
		acctest.NoErrors(t.T, signedIn(t.h, nil).Apply(o, nil))
	})
}

// A protected object whose create was lost was never finished, so it may be
// replaced.
func TestUnknownOutcome_ProtectionDoesNotBlockItsReplacement(t *testing.T) {
	server, h := acctest.Start(t)
	suite, project := h.Parents()
	p := signedIn(h, nil)
	config := map[string]any{
		"suite_id": suite, "project_id": project, "email": "one@example.com", "first_name": "One", "role": "system_user", "deletion_protection": true,
	}
	remove := server.Fail(testserver.Fault{Path: "/api/v1/users", Drop: testserver.DropAfter})
	o := p.New("atm_user")
	_ = p.Apply(o, lost(config))
	remove()
	acctest.NoErrors(t, p.Refresh(o))
	acctest.NoErrors(t, p.Apply(o, config))
	if o.Get("deletion_protection") != true {
		t.Error("the finished object is not protected")
	}
}

// on_destroy does not apply either: a user that is only disabled would keep the
// email address.
func TestUnknownOutcome_UserToBeDisabledIsReplaced(t *testing.T) {
	server, h := acctest.Start(t)
	suite, project := h.Parents()
	p := signedIn(h, nil)
	config := map[string]any{
		"suite_id": suite, "project_id": project, "email": "one@example.com", "first_name": "One", "role": "system_user", "on_destroy": "disable",
	}
	remove := server.Fail(testserver.Fault{Path: "/api/v1/users", Drop: testserver.DropAfter})
	o := p.New("atm_user")
	_ = p.Apply(o, lost(config))
	remove()
	acctest.NoErrors(t, p.Refresh(o))
	acctest.NoErrors(t, p.Apply(o, config))
	if o.Get("on_destroy") != "disable" {
		t.Errorf("on_destroy = %v", o.Get("on_destroy"))
	}
}

// converged checks that nothing is left to do.
func converged(t *testing.T, p *acctest.Protocol, o *acctest.Object, resourceCase typeCase) {
	t.Helper()
	acctest.NoErrors(t, p.Refresh(o))
	plan, diags := p.Plan(o, resourceCase.config)
	acctest.NoErrors(t, diags)
	if plan.Changes(o) {
		t.Errorf("the plan is not empty: %s, state %s", plan.Planned, o.State)
	}
}

// anotherAdmin makes a second super admin who may sign in through the
// application, and tells the login id.
func anotherAdmin(t *testing.T, h *acctest.Harness, clientID string) string {
	t.Helper()
	const login = "other@example.com"
	applications, err := h.API.Applications(t.Context(), atm.ListApplicationsParams{})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(applications, func(a atm.Application) bool { return a.ClientId == clientID })
	user, err := h.API.CreateUser(t.Context(), atm.NewIdempotencyKey(), atm.UserCreate{
		Email: login, FirstName: "Other", Role: atm.SuperAdmin, SuiteId: applications[i].SuiteId, ProjectId: applications[i].ProjectId,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.API.AssignUser(t.Context(), applications[i].Id, user.Id, atm.NewIdempotencyKey(), atm.ApplicationUserPut{}); err != nil {
		t.Fatal(err)
	}
	return login
}

func tokenOf(t *testing.T, h *acctest.Harness, clientID, secret, login string) string {
	t.Helper()
	tokens, err := h.API.IssueToken(t.Context(), atm.TokenRequest{Grant: atm.GrantUserCredentials, ClientID: clientID, ClientSecret: secret, LoginID: login})
	if err != nil {
		t.Fatal(err)
	}
	return tokens.AccessToken
}
