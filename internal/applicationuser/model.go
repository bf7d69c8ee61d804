package applicationuser

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// record is an assignment as ATM has it, for the resource and the data source.
type record struct {
	ApplicationID types.String `tfsdk:"application_id"`
	UserID        types.String `tfsdk:"user_id"`
	Enabled       types.Bool   `tfsdk:"enabled"`
}

type model struct {
	record
	ID       types.String   `tfsdk:"id"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

func (m *model) put() atm.ApplicationUserPut {
	return atm.ApplicationUserPut{Enabled: m.Enabled.ValueBoolPointer()}
}

func (m *model) fill(assignment *atm.ApplicationUser) (etag string) {
	m.ID = types.StringValue(assignment.ApplicationId + "/" + assignment.UserId)
	return m.record.fill(assignment)
}

// fill takes over ATM's response, and returns its etag.
func (r *record) fill(assignment *atm.ApplicationUser) (etag string) {
	r.ApplicationID = types.StringValue(assignment.ApplicationId)
	r.UserID = types.StringValue(assignment.UserId)
	r.Enabled = types.BoolValue(assignment.Enabled)
	return assignment.Etag
}
