package acctest

import (
	"context"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// Pipeline makes an application without a secret, through which the
// administrator can sign in with an assertion, and points the provider's
// variables at it. change adds what it trusts.
func (h *Harness) Pipeline(change func(*atm.ApplicationCreate)) {
	h.t.Helper()
	ctx := context.Background()
	suite, err := h.API.CreateSuite(ctx, atm.NewIdempotencyKey(), atm.SuiteCreate{Name: "pipelines"})
	must(h.t, err)
	project, err := h.API.CreateProject(ctx, atm.NewIdempotencyKey(), atm.ProjectCreate{Name: "pipelines", SuiteId: suite.Id})
	must(h.t, err)
	manages, by := true, atm.ClientAuthenticationAssertion
	create := atm.ApplicationCreate{
		Name: "pipeline", SuiteId: suite.Id, ProjectId: project.Id, AuthenticatorType: atm.UserCredentials,
		ManagementAccess: &manages, ClientAuthentication: &by,
	}
	change(&create)
	application, err := h.API.CreateApplication(ctx, atm.NewIdempotencyKey(), create)
	must(h.t, err)
	me, err := h.API.Me(ctx)
	must(h.t, err)
	enabled := true
	_, err = h.API.AssignUser(ctx, application.Id, me.UserId, atm.NewIdempotencyKey(), atm.ApplicationUserPut{Enabled: &enabled})
	must(h.t, err)
	h.Setenv("ATM_CLIENT_ID", application.ClientId)
	h.Setenv("ATM_CLIENT_SECRET", "")
}
