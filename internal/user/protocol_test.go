package user_test

import (
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

func parents(t *testing.T, h *acctest.Harness) func(more map[string]any) map[string]any {
	t.Helper()
	suite, project := h.Parents()
	return func(more map[string]any) map[string]any {
		config := map[string]any{"suite_id": suite, "project_id": project, "email": "ada@example.com", "first_name": "Ada", "role": "system_user"}
		for name, value := range more {
			config[name] = value
		}
		return config
	}
}

func TestUser_BadInput(t *testing.T) {
	_, h := acctest.Start(t)
	p, config := h.Protocol(nil), parents(t, h)
	for name, test := range map[string]struct {
		more      map[string]any
		attribute string
		want      string
	}{
		"email":                  {map[string]any{"email": "ada"}, "email", "must be an email address"},
		"email with a space":     {map[string]any{"email": "a da@example.com"}, "email", "white space"},
		"first name":             {map[string]any{"first_name": ""}, "first_name", "empty"},
		"last name":              {map[string]any{"last_name": strings.Repeat("x", 101)}, "last_name", "100"},
		"role":                   {map[string]any{"role": "admin"}, "role", "suite_admin"},
		"on_destroy":             {map[string]any{"on_destroy": "keep"}, "on_destroy", "disable"},
		"password short":         {map[string]any{"password_wo": "seven77", "password_wo_version": 1}, "password_wo", "8"},
		"password, no version":   {map[string]any{"password_wo": "long enough"}, "password_wo_version", "password_wo_version = 1"},
		"version, no password":   {map[string]any{"password_wo_version": 1}, "password_wo", "password_wo"},
		"version below zero":     {map[string]any{"password_wo": "long enough", "password_wo_version": -1}, "password_wo_version", "0"},
		"suite is empty":         {map[string]any{"suite_id": ""}, "suite_id", "1"},
		"a timeout that is none": {map[string]any{"timeouts": map[string]any{"create": "x"}}, "timeouts.create", "Time Duration"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			diags := p.Validate("atm_user", config(test.more))
			acctest.WantError(t, diags, test.attribute, test.want)
		})
	}
}

func TestUser_RefusalsOfATM(t *testing.T) {
	_, h := acctest.Start(t)
	p, config := h.Protocol(nil), parents(t, h)
	user := p.New("atm_user")
	acctest.NoErrors(t, p.Apply(user, config(nil)))

	acctest.WantError(t, p.Apply(p.New("atm_user"), config(map[string]any{"email": "ADA@example.com"})),
		"email", "taken", "to = atm_user.example", user.Get("id").(string))
	acctest.WantError(t, p.Apply(p.New("atm_user"), config(map[string]any{"email": "b@example.com", "project_id": "none"})), "project_id")
	for id, want := range map[string]string{"nobody@example.com": "no user", "two words": "id or email address", "NoSuchId": "id or email address"} {
		_, diags := p.Import("atm_user", id, nil)
		acctest.WantError(t, diags, "", want)
	}
}

// The error for a role that may not do it names one that may.
func TestUser_ForbiddenNamesBothRoles(t *testing.T) {
	_, h := acctest.Start(t)
	p, config := h.Protocol(nil), parents(t, h)
	admin := p.New("atm_user")
	acctest.NoErrors(t, p.Apply(admin, config(map[string]any{"role": "suite_admin"})))
	app, err := h.API.CreateApplication(t.Context(), atm.NewIdempotencyKey(), atm.ApplicationCreate{
		Name: "terraform", SuiteId: admin.Get("suite_id").(string), ProjectId: admin.Get("project_id").(string),
		AuthenticatorType: atm.UserCredentials, ManagementAccess: new(true),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.API.AssignUser(t.Context(), app.Id, admin.Get("id").(string), atm.NewIdempotencyKey(), atm.ApplicationUserPut{}); err != nil {
		t.Fatal(err)
	}
	h.Setenv("ATM_CLIENT_ID", app.ClientId)
	h.Setenv("ATM_CLIENT_SECRET", *app.ClientSecret)
	h.Setenv("ATM_LOGIN_ID", "ada@example.com")
	p = h.Protocol(nil)
	acctest.WantError(t, p.Apply(p.New("atm_user"), config(map[string]any{"email": "b@example.com", "role": "super_admin"})),
		"", "super_admin", "suite_admin", "Sign in as")
	// A suite admin succeeds at what it may do, though it may not send some
	// fields at all.
	acctest.NoErrors(t, p.Apply(p.New("atm_user"), config(map[string]any{"email": "b@example.com"})))
}

func TestUser_OnDestroyDisableKeepsTheUser(t *testing.T) {
	_, h := acctest.Start(t)
	p, config := h.Protocol(nil), parents(t, h)
	user := p.New("atm_user")
	acctest.NoErrors(t, p.Apply(user, config(map[string]any{"on_destroy": "disable"})))
	acctest.NoErrors(t, p.Apply(user, nil))
	kept, err := h.API.UserWithEmail(t.Context(), "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if kept.Enabled {
		t.Error("the user is still enabled")
	}
}

func TestUser_FirstPasswordOfAnImportedUserIsNotSet(t *testing.T) {
	server, h := acctest.Start(t)
	p, config := h.Protocol(nil), parents(t, h)
	made := p.New("atm_user")
	acctest.NoErrors(t, p.Apply(made, config(nil)))
	resets := func() int { return server.CountRequests("POST", "/api/v1/users/*/password") }
	with := func(version int) map[string]any {
		return config(map[string]any{"password_wo": "a long password", "password_wo_version": version})
	}

	imported, diags := p.Import("atm_user", "ada@example.com", nil)
	acctest.NoErrors(t, diags)
	plan, diags := p.Plan(imported, config(nil))
	acctest.NoErrors(t, diags)
	if plan.Changes(imported) {
		t.Errorf("after the import the plan is not empty: %s", plan.Planned)
	}
	acctest.NoErrors(t, p.Apply(imported, with(1)))
	if resets() != 0 {
		t.Error("the first version of an imported user set the password")
	}
	acctest.NoErrors(t, p.Apply(imported, with(2)))
	if resets() != 1 {
		t.Errorf("%d resets, want 1", resets())
	}

	// A user that Terraform made gets its first password when one is given.
	acctest.NoErrors(t, p.Apply(made, with(1)))
	if resets() != 2 {
		t.Errorf("%d resets, want 2", resets())
	}
}

// The state records what was changed before a failure, so that the next plan
// shows only the rest.
func TestUser_FailureHalfWayKeepsTheFirstHalf(t *testing.T) {
	server, h := acctest.Start(t)
	p, config := h.Protocol(map[string]any{"max_retries": 0}), parents(t, h)
	user := p.New("atm_user")
	acctest.NoErrors(t, p.Apply(user, config(nil)))
	wanted := config(map[string]any{"first_name": "Grace", "password_wo": "a long password", "password_wo_version": 1})

	remove := server.Fail(testserver.Fault{Method: "POST", Path: "/api/v1/users/*/password", Status: 500})
	if diags := p.Apply(user, wanted); !acctest.HasErrors(diags) {
		t.Fatal("the fault was not met")
	}
	if user.Get("first_name") != "Grace" || user.Get("password_wo_version") != nil {
		t.Errorf("state after the failure: %s", user.State)
	}
	remove()
	acctest.NoErrors(t, p.Apply(user, wanted)) // without a refresh in between
	if user.Get("password_wo_version") != int64(1) {
		t.Errorf("state after the repair: %s", user.State)
	}
}
