package management

import (
	"context"
	"net/http"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/api"
)

// GetMe reads the caller, and which ATM this is.
func (s *server) GetMe(ctx context.Context) (api.Response, error) {
	instance, err := s.Store.Direct(ctx).InstanceID()
	if err != nil {
		return nil, err
	}
	who := callerFrom(ctx)
	return document(http.StatusOK, api.Me{
		UserId: who.id, Email: who.email, Role: api.Role(who.role), SuiteId: who.suiteID, ProjectId: who.projectID,
		ApplicationId: who.applicationID, ClientId: who.clientID, InstanceId: instance,
	})
}
