package applicationuser

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type model struct {
	ApplicationID types.String   `tfsdk:"application_id"`
	UserID        types.String   `tfsdk:"user_id"`
	Enabled       types.Bool     `tfsdk:"enabled"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

func (m *model) put() atm.ApplicationUserPut {
	return atm.ApplicationUserPut{Enabled: m.Enabled.ValueBoolPointer()}
}

func (m *model) fill(assignment *atm.ApplicationUser, op *framework.Op) {
	m.ApplicationID = types.StringValue(assignment.ApplicationId)
	m.UserID = types.StringValue(assignment.UserId)
	m.Enabled = types.BoolValue(assignment.Enabled)
	op.Etag = assignment.Etag
}
