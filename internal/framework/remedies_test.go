package framework_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// without fails if a diagnostic has one of the texts.
func without(t *testing.T, diags []*tfprotov6.Diagnostic, texts ...string) {
	t.Helper()
	for _, d := range diags {
		for _, text := range texts {
			if strings.Contains(d.Summary+"\n"+d.Detail, text) {
				t.Errorf("%q is in: %s", text, acctest.Print(d))
			}
		}
	}
}

// taken are two configurations of each kind that claim one name or email
// address, and another value for the second.
func taken(t *testing.T, h *acctest.Harness) map[string]struct {
	attribute string
	config    map[string]any
} {
	t.Helper()
	suite, project := h.Parents()
	return map[string]struct {
		attribute string
		config    map[string]any
	}{
		"atm_suite":       {"name", map[string]any{"name": "one"}},
		"atm_project":     {"name", map[string]any{"name": "one", "suite_id": suite}},
		"atm_application": {"name", map[string]any{"name": "one", "suite_id": suite, "project_id": project, "authenticator_type": "client_credentials"}},
		"atm_user":        {"email", map[string]any{"email": "one@example.com", "first_name": "One", "role": "system_user", "suite_id": suite, "project_id": project}},
	}
}

// A create that meets its name may be an import instead, or create_before_destroy
// of that very object; an update is neither.
func TestRemedy_TakenFitsTheOperation(t *testing.T) {
	_, h := acctest.Start(t)
	for kind, c := range taken(t, h) {
		t.Run(kind, func(t *testing.T) {
			p := h.Protocol(nil)
			first, second := p.New(kind), p.New(kind)
			acctest.NoErrors(t, p.Apply(first, c.config))
			id := first.Get("id").(string)
			diags := p.Apply(second, c.config)
			acctest.WantError(t, diags, c.attribute, "taken", "create_before_destroy", id, "import {\n  to = "+kind+".example\n  id = \""+id+"\"\n}", "request id")
			if secret := `secret_rotation = { on_unknown_secret = "rotate", previous_secret_expires_in = 86400 }`; kind == "atm_application" {
				acctest.WantError(t, diags, c.attribute, secret)
			} else {
				without(t, diags, secret)
			}

			other := acctest.With(c.config, c.attribute, "two")
			if c.attribute == "email" {
				other["email"] = "two@example.com"
			}
			acctest.NoErrors(t, p.Apply(second, other))
			diags = p.Apply(second, c.config)
			acctest.WantError(t, diags, c.attribute, "taken", id, "apply of its own", "swap", "request id")
			without(t, diags, "import")
		})
	}
}

// hostileIDs are ids that would be something else in a configuration or on a
// terminal.
var hostileIDs = []string{
	"${var.api_key}", "%{ if true }", "a\"\n}\nresource \"x\" \"y\" {", "", strings.Repeat("a", 65), "a/b", "\x1b[31m", "a\nb", `a\`, "a\u2028b",
}

// A 409 from outside puts nothing into what people paste, for no kind.
func TestRemedy_AHostileIDIsInNoImportBlock(t *testing.T) {
	server, h := acctest.Start(t)
	kinds := taken(t, h)
	for kind, c := range kinds {
		for _, id := range hostileIDs {
			problem := map[string]any{
				"type": "urn:atm:problem:name-taken", "title": "taken\n\nimport {", "detail": id + "\n\nimport {", "status": 409,
				"existing": map[string]any{"id": id, "createdAt": "2026-01-02T03:04:05Z"},
			}
			if kind == "atm_user" {
				problem["type"] = "urn:atm:problem:email-taken"
			}
			body, err := json.Marshal(problem)
			fail(t, err)
			disarm := server.Fail(testserver.Fault{Method: "POST", Path: "/api/v1/" + strings.TrimPrefix(kind, "atm_") + "s", Status: 409,
				Body: string(body), Headers: map[string]string{"Content-Type": "application/problem+json"}})
			p := signedIn(h, nil)
			diags := p.Apply(p.New(kind), c.config)
			acctest.WantError(t, diags, c.attribute, "taken", "not an id of ATM", "request id")
			without(t, diags, "import {\n", "\x1b")
			if id != "" {
				without(t, diags, id)
			}
			disarm()
		}
	}
}

// A data source is read by every plan, also with -refresh=false.
func TestRemedy_UnknownSettings(t *testing.T) {
	_, h := acctest.Start(t)
	o := h.Protocol(nil).New("atm_suite")
	acctest.NoErrors(t, h.Protocol(nil).Apply(o, map[string]any{"name": "one"}))
	p := h.Protocol(map[string]any{"endpoint": acctest.Unknown})
	_, diags := p.ReadData("atm_suite", map[string]any{"name": "one"})
	acctest.WantError(t, diags, "", "endpoint", "-target")
	without(t, diags, "-refresh=false")
	_, diags = p.Import("atm_suite", "one", nil)
	acctest.WantError(t, diags, "", "endpoint", "-target")
	without(t, diags, "-refresh=false")
	acctest.WantError(t, p.Refresh(o), "", "endpoint", "-target", "-refresh=false")
}

// The error names what responds in place of the management API by what is known
// of it.
func TestRemedy_NotTheManagementAPI(t *testing.T) {
	server, h := acctest.Start(t)
	o := h.Protocol(nil).New("atm_suite")
	acctest.NoErrors(t, h.Protocol(nil).Apply(o, map[string]any{"name": "one"}))
	token, err := server.Admin().Token(t.Context())
	fail(t, err)
	page := map[string]string{"Content-Type": "text/html"}

	disarm := server.Fail(testserver.Fault{Path: "/api/v1/**", Status: 404, Body: "<html>", Headers: page})
	diags := h.Protocol(nil).Refresh(o)
	acctest.WantError(t, diags, "", "No management API under endpoint", "The sign-in", "request id")
	diags = h.Protocol(map[string]any{"access_token": token}).Refresh(o)
	acctest.WantError(t, diags, "", "Not an ATM server: endpoint returned 404", "without /api/v1", "request id")
	disarm()

	disarm = server.Fail(testserver.Fault{Method: "PATCH", Status: 405, Body: "<html>", Headers: page})
	diags = h.Protocol(nil).Apply(o, map[string]any{"name": "two"})
	acctest.WantError(t, diags, "", "A proxy or gateway returned 405", "PATCH", "request id")
	without(t, diags, "endpoint", "Not an ATM")
	disarm()

	disarm = server.Fail(testserver.Fault{Path: "/api/v1/**", Status: 502, Body: "<html>", Headers: page})
	diags = h.Protocol(map[string]any{"max_retries": 0}).Refresh(o)
	acctest.WantError(t, diags, "", "A proxy or gateway returned 502", "request id")
	disarm()

	disarm = server.Fail(testserver.Fault{Path: "/api/v1/**", Status: 409, Body: `{"type":"https://gateway.example/quota","title":"Quota","status":409}`, Headers: map[string]string{"Content-Type": "application/problem+json"}})
	diags = h.Protocol(nil).Refresh(o)
	acctest.WantError(t, diags, "", "A proxy or gateway returned 409", "request id")
	disarm()
}

// An identity takes the id, an import id may be the name.
func TestRemedy_ImportByIdentity(t *testing.T) {
	_, h := acctest.Start(t)
	p := h.Protocol(nil)
	acctest.NoErrors(t, p.Apply(p.New("atm_suite"), map[string]any{"name": "shop"}))
	_, diags := p.Import("atm_suite", "", map[string]string{"id": "shop"})
	acctest.WantError(t, diags, "", "No atm_suite to import", "An identity takes id, not a name")
	_, diags = p.Import("atm_application_user", "", map[string]string{"application_id": "worker", "user_id": "ada"})
	acctest.WantError(t, diags, "", "An identity takes application_id and user_id, not a name")
	_, diags = p.Import("atm_project", "T_1kwjq0gTKGW6-g4O8OF", nil)
	acctest.WantError(t, diags, "", "No atm_project to import", "SUITE/PROJECT")
	without(t, diags, "identity")
}

// The server's names of write-only values are not those of the attributes.
func TestRemedy_WriteOnlyValuesAreNamedAsAttributes(t *testing.T) {
	server, h := acctest.Start(t)
	suite, project := h.Parents()
	for kind, c := range map[string]struct {
		pointer, attribute string
		config             map[string]any
	}{
		"atm_user":        {"/password", "password_wo", map[string]any{"email": "one@example.com", "first_name": "One", "role": "system_user", "password_wo": "long enough", "password_wo_version": 1}},
		"atm_application": {"/clientSecret", "client_secret_wo", map[string]any{"name": "one", "authenticator_type": "client_credentials", "client_secret_wo": strings.Repeat("0123456789abcdef", 2), "client_secret_wo_version": 1}},
	} {
		body := fmt.Sprintf(`{"type":"urn:atm:problem:invalid-request","title":"Invalid request","status":400,"errors":[{"pointer":%q,"detail":"must be another"}]}`, c.pointer)
		disarm := server.Fail(testserver.Fault{Method: "POST", Path: "/api/v1/*", Status: 400, Body: body, Headers: map[string]string{"Content-Type": "application/problem+json"}})
		p := signedIn(h, nil)
		diags := p.Apply(p.New(kind), acctest.With(acctest.With(c.config, "suite_id", suite), "project_id", project))
		acctest.WantError(t, diags, c.attribute, c.attribute+" must be another", "request id")
		without(t, diags, c.pointer)
		disarm()
	}
}

// The remedy of 403 is another role, or management access.
func TestRemedy_Forbidden(t *testing.T) {
	_, h := acctest.Start(t)
	suite, project := h.Parents()
	p := h.Protocol(h.As(atm.SuiteAdmin, suite, project))
	acctest.WantError(t, p.Apply(p.New("atm_suite"), map[string]any{"name": "one"}), "", "Permission denied", "super_admin", "suite_admin", "Sign in as")

	settings := h.As(atm.SuperAdmin, suite, project)
	no := atm.ApplicationPatch{}
	no.ManagementAccess.Set(false)
	applications, err := h.API.Applications(t.Context(), atm.ListApplicationsParams{})
	fail(t, err)
	for _, application := range applications {
		if application.ClientId == settings["client_id"] {
			_, err := h.API.UpdateApplication(t.Context(), application.Id, "", no)
			fail(t, err)
		}
	}
	p = h.Protocol(settings)
	diags := p.Apply(p.New("atm_suite"), map[string]any{"name": "one"})
	acctest.WantError(t, diags, "", "Permission denied", "management_access = true", "request id")
}

// The error names the objects that keep a suite or a project from being
// deleted.
func TestRemedy_NotEmptySaysWhatIsThere(t *testing.T) {
	_, h := acctest.Start(t)
	suite, project := h.Parents()
	_, err := h.API.CreateUser(t.Context(), atm.NewIdempotencyKey(), atm.UserCreate{Email: "ada@example.com", FirstName: "Ada", Role: atm.SystemUser, SuiteId: suite, ProjectId: project})
	fail(t, err)
	for kind, c := range map[string]struct{ id, text string }{"atm_suite": {suite, "project"}, "atm_project": {project, "ada@example.com"}} {
		p := h.Protocol(nil)
		o, diags := p.Import(kind, c.id, nil)
		acctest.NoErrors(t, diags)
		acctest.WantError(t, p.Apply(o, nil), "", "ATM refused", c.text, "request id")
	}
}
