package framework_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// signedIn is a provider that has its token already, so that a fault or a short
// timeout meets only the operation.
func signedIn(h *acctest.Harness, settings map[string]any) *acctest.Protocol {
	p := h.Protocol(settings)
	_, _ = p.Import("atm_suite", "no such suite", nil)
	return p
}

// case of one resourceCase: its configuration, and another that changes it in place.
type typeCase struct {
	kind     string
	config   map[string]any
	changed  map[string]any
	identity []string
}

// cases are all resources. Each has its own parents, so that the
// names do not meet.
func cases(t *testing.T, h *acctest.Harness) []typeCase {
	t.Helper()
	suite, project := h.Parents()
	return casesIn(t, h, suite, project)
}

func casesIn(t *testing.T, h *acctest.Harness, suite, project string) []typeCase {
	t.Helper()
	app, err := h.API.CreateApplication(t.Context(), atm.NewIdempotencyKey(), atm.ApplicationCreate{
		Name: "of the assignment", SuiteId: suite, ProjectId: project, AuthenticatorType: atm.UserCredentials,
	})
	if err != nil {
		t.Fatal(err)
	}
	user, err := h.API.CreateUser(t.Context(), atm.NewIdempotencyKey(), atm.UserCreate{
		Email: "assigned@example.com", FirstName: "A", Role: atm.SystemUser, SuiteId: suite, ProjectId: project,
	})
	if err != nil {
		t.Fatal(err)
	}
	return []typeCase{
		{"atm_suite", map[string]any{"name": "one"}, map[string]any{"name": "two"}, []string{"id"}},
		{"atm_project", map[string]any{"suite_id": suite, "name": "one"}, map[string]any{"suite_id": suite, "name": "two"}, []string{"id"}},
		{
			"atm_application", map[string]any{"suite_id": suite, "project_id": project, "name": "one", "authenticator_type": "user_credentials"},
			map[string]any{"suite_id": suite, "project_id": project, "name": "two", "authenticator_type": "user_credentials"}, []string{"id"},
		},
		{
			"atm_user", map[string]any{"suite_id": suite, "project_id": project, "email": "one@example.com", "first_name": "One", "role": "system_user"},
			map[string]any{"suite_id": suite, "project_id": project, "email": "one@example.com", "first_name": "Two", "role": "system_user"}, []string{"id"},
		},
		{
			"atm_application_user", map[string]any{"application_id": app.Id, "user_id": user.Id},
			map[string]any{"application_id": app.Id, "user_id": user.Id, "enabled": false}, []string{"application_id", "user_id"},
		},
		{
			"atm_application_users", map[string]any{"application_id": app.Id, "users": []map[string]any{{"user_id": user.Id}}},
			map[string]any{"application_id": app.Id, "users": []map[string]any{{"user_id": user.Id, "enabled": false}}}, []string{"application_id"},
		},
	}
}

// perResource is a test with one resource.
type perResource struct {
	*testing.T
	server       *testserver.Server
	h            *acctest.Harness
	resourceCase typeCase
}

// each leaves out atm_application_users, whose tests are its own: it makes no
// object of ATM's, so an empty list is not gone.
func each(t *testing.T, test func(t *perResource)) {
	t.Helper()
	for _, kind := range []string{"atm_suite", "atm_project", "atm_application", "atm_user", "atm_application_user"} {
		t.Run(kind, func(t *testing.T) {
			server, h := acctest.Start(t)
			for _, resourceCase := range cases(t, h) {
				if resourceCase.kind == kind {
					test(&perResource{T: t, server: server, h: h, resourceCase: resourceCase})
				}
			}
		})
	}
}

func wantIdentity(t *testing.T, o *acctest.Object, resourceCase typeCase, when string) {
	t.Helper()
	if o.Identity == nil {
		t.Fatalf("%s: no identity", when)
	}
	types := map[string]tftypes.Type{}
	for _, name := range resourceCase.identity {
		types[name] = tftypes.String
	}
	value, err := o.Identity.IdentityData.Unmarshal(tftypes.Object{AttributeTypes: types})
	if err != nil {
		t.Fatal(err)
	}
	if value.IsNull() || !value.IsFullyKnown() {
		t.Errorf("%s: identity %s", when, value)
	}
}

// Rule 1: an identity after every operation, also when Terraform has none to
// send and the object is gone.
func TestFrame_IdentityIsAlwaysSet(t *testing.T) {
	t.Parallel()
	each(t, func(t *perResource) {
		p := t.h.Protocol(nil)
		o := p.New(t.resourceCase.kind)
		acctest.NoErrors(t.T, p.Apply(o, t.resourceCase.config))
		wantIdentity(t.T, o, t.resourceCase, "create")
		o.Identity = nil // as Terraform before 1.12
		acctest.NoErrors(t.T, p.Apply(o, t.resourceCase.changed))
		wantIdentity(t.T, o, t.resourceCase, "update")
		o.Identity = nil
		acctest.NoErrors(t.T, p.Refresh(o))
		wantIdentity(t.T, o, t.resourceCase, "read")

		gone := *o
		acctest.NoErrors(t.T, p.Apply(o, nil))
		gone.Identity = nil
		acctest.WantWarning(t.T, p.Refresh(&gone), "", "deleted outside Terraform", t.resourceCase.kind)
		if !gone.Gone() {
			t.Error("what was deleted outside Terraform is still in the state")
		}
		wantIdentity(t.T, &gone, t.resourceCase, "read of what is gone")
		plan, diags := p.Plan(&gone, t.resourceCase.config)
		acctest.NoErrors(t.T, diags)
		if !plan.Changes(&gone) {
			t.Error("what is gone is not planned for creation")
		}
	})
}

// Rules 2 and 3: what a create leaves, failed or not, holds no write-only
// value and nothing unknown (which Protocol.Apply checks).
func TestFrame_WriteOnlyValuesReachNoState(t *testing.T) {
	t.Parallel()
	const secret = "write-only-secret-0123456789-abcdef"
	for name, arguments := range map[string]struct {
		kind string
		more map[string]any
	}{
		"atm_application": {"atm_application", map[string]any{"name": "one", "authenticator_type": "user_credentials", "client_secret_wo": secret, "client_secret_wo_version": 1}},
		"atm_user":        {"atm_user", map[string]any{"email": "one@example.com", "first_name": "One", "role": "system_user", "password_wo": secret, "password_wo_version": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			server, h := acctest.Start(t)
			suite, project := h.Parents()
			p := signedIn(h, nil)
			config := map[string]any{"suite_id": suite, "project_id": project, "timeouts": map[string]any{"create": "200ms"}}
			for name, value := range arguments.more {
				config[name] = value
			}
			remove := server.Fail(testserver.Fault{Method: "POST", Path: "/api/v1/*", Drop: testserver.DropAfter})
			o := p.New(arguments.kind)
			diags := p.Apply(o, config)
			remove()
			if !o.Tainted {
				t.Fatalf("the create did not fail: %v", diags)
			}
			leaks(t, secret, o, diags)
			acctest.NoErrors(t, p.Refresh(o))
			diags = p.Apply(o, acctest.With(config, "timeouts", nil))
			acctest.NoErrors(t, diags)
			leaks(t, secret, o, diags)
		})
	}
}

func leaks(t *testing.T, secret string, o *acctest.Object, diags []*tfprotov6.Diagnostic) {
	t.Helper()
	if strings.Contains(o.State.String(), secret) || strings.Contains(string(o.Private), secret) {
		t.Error("state or private state holds the write-only value")
	}
	for _, d := range diags {
		if strings.Contains(acctest.Print(d), secret) {
			t.Errorf("a diagnostic holds the write-only value: %s", acctest.Print(d))
		}
	}
}
