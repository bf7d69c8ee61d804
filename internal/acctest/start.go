package acctest

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// Start lets the test run beside others, and starts a reference server for it
// and a harness with the server's administrator and clock.
func Start(t *testing.T, options ...testserver.Option) (*testserver.Server, *Harness) {
	t.Helper()
	t.Parallel()
	server := testserver.Start(t, options...)
	return server, New(t, server.Admin().Environ(), server.Clock.Now)
}

// Parents makes a suite and a project in it behind Terraform's back, and
// returns their ids.
func (h *Harness) Parents() (suiteID, projectID string) {
	h.t.Helper()
	suite, err := h.API.CreateSuite(h.t.Context(), atm.NewIdempotencyKey(), atm.SuiteCreate{Name: "shop"})
	must(h.t, err)
	project, err := h.API.CreateProject(h.t.Context(), atm.NewIdempotencyKey(), atm.ProjectCreate{Name: "a", SuiteId: suite.Id})
	must(h.t, err)
	return suite.Id, project.Id
}

// With is a copy of a configuration in which one argument has this value.
func With(config map[string]any, name string, value any) map[string]any {
	with := map[string]any{}
	for other, was := range config {
		with[other] = was
	}
	with[name] = value
	return with
}

// Planned checks what the plan does with the resource.
func Planned(address string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}}
}
