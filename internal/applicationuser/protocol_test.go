package applicationuser_test

import (
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

const pairSeed = `
suites:
  - name: shop
    projects:
      - name: checkout
        users:
          - { id: ada-id, email: ada@example.com, firstName: Ada, role: system_user }
        applications:
          - { id: worker-id, name: worker, authenticatorType: user_credentials }
`

// The 404 of a pair blames the one that is not there, and neither where that is
// not known.
func TestApplicationUser_NotFoundBlamesTheOneThatIsNotThere(t *testing.T) {
	t.Parallel()
	notFound := testserver.Fault{
		Method: "PUT", Path: "/api/v1/applications/*/users/*", Status: 404, Headers: map[string]string{"Content-Type": "application/problem+json"},
		Body: `{"type": "urn:atm:problem:not-found", "title": "Not found", "status": 404}`,
	}
	for name, test := range map[string]struct {
		application, user string
		faults            []testserver.Fault
		attribute, want   string
	}{
		"no application":              {"none", "ada-id", nil, "application_id", "no such application"},
		"no user":                     {"worker-id", "none", nil, "user_id", "no such user"},
		"both are there":              {"worker-id", "ada-id", []testserver.Fault{notFound}, "", "Not found"},
		"the application is not told": {"worker-id", "none", []testserver.Fault{{Method: "GET", Path: "/api/v1/applications/*", Status: 503}}, "", "404"},
		"the user is not told":        {"worker-id", "none", []testserver.Fault{{Method: "GET", Path: "/api/v1/users/*", Status: 503}}, "", "404"},
		"neither":                     {"none", "none", nil, "application_id", "no such application"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testserver.Start(t, testserver.WithSeed(pairSeed))
			p := acctest.New(t, server.Admin().Environ(), server.Clock.Now).Protocol(map[string]any{"max_retries": 0})
			for _, fault := range test.faults {
				server.Fail(fault)
			}
			diags := p.Apply(p.New("atm_application_user"), map[string]any{"application_id": test.application, "user_id": test.user})
			acctest.WantError(t, diags, test.attribute, test.want)
		})
	}
}

// An id of the configuration that is none of ATM's is in no import block.
func TestApplicationUser_AHostileIDIsInNoImportBlock(t *testing.T) {
	t.Parallel()
	server := testserver.Start(t)
	h := acctest.New(t, server.Admin().Environ(), server.Clock.Now)
	server.Fail(testserver.Fault{
		Method: "PUT", Path: "/api/v1/**", Status: 409, Headers: map[string]string{"Content-Type": "application/problem+json"},
		Body: `{"type": "urn:atm:problem:already-assigned", "title": "Assigned", "status": 409}`,
	})
	for id, block := range map[string]bool{"worker-id": true, "${var.api_key}": false, "a\"\n}\nresource {": false, "a/b": false, `a\`: false} {
		p := h.Protocol(nil)
		diags := p.Apply(p.New("atm_application_user"), map[string]any{"application_id": id, "user_id": "ada-id"})
		acctest.WantError(t, diags, "", "already assigned")
		for _, d := range diags {
			if strings.Contains(d.Detail, "import {") != block || block && !strings.Contains(d.Detail, `id = "worker-id/ada-id"`) {
				t.Errorf("%q: an import block: %t, want %t: %s", id, !block, block, d.Detail)
			}
		}
	}
}
