package acctest

import (
	"strings"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// As makes a user of the role in a project, and an application through which
// the user may sign in, and returns the provider settings that do.
func (h *Harness) As(role atm.Role, suiteID, projectID string) map[string]any {
	h.t.Helper()
	ctx, yes := h.t.Context(), true
	name := strings.ToLower(atm.NewIdempotencyKey())
	user, err := h.API.CreateUser(ctx, atm.NewIdempotencyKey(), atm.UserCreate{
		Email: name + "@example.com", FirstName: "Other", Role: role, SuiteId: suiteID, ProjectId: projectID,
	})
	must(h.t, err)
	application, err := h.API.CreateApplication(ctx, atm.NewIdempotencyKey(), atm.ApplicationCreate{
		Name: name, SuiteId: suiteID, ProjectId: projectID, AuthenticatorType: atm.UserCredentials, ManagementAccess: &yes,
	})
	must(h.t, err)
	_, err = h.API.AssignUser(ctx, application.Id, user.Id, atm.NewIdempotencyKey(), atm.ApplicationUserPut{})
	must(h.t, err)
	return map[string]any{
		"client_id": application.ClientId, "client_secret": *application.ClientSecret, "login_id": user.Email,
	}
}
