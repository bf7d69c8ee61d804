package project

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type model struct {
	ID       types.String   `tfsdk:"id"`
	Name     types.String   `tfsdk:"name"`
	SuiteID  types.String   `tfsdk:"suite_id"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

func (m *model) create() atm.ProjectCreate {
	return atm.ProjectCreate{Name: m.Name.ValueString(), SuiteId: m.SuiteID.ValueString()}
}

// patch names what differs from the prior state.
func (m *model) patch(prior *model) atm.ProjectPatch {
	var patch atm.ProjectPatch
	if !m.Name.Equal(prior.Name) {
		patch.Name = m.Name.ValueStringPointer()
	}
	return patch
}

func (m *model) fill(project *atm.Project, op *framework.Op) {
	m.ID = types.StringValue(project.Id)
	m.Name = framework.KeepForm(m.Name, project.Name)
	m.SuiteID = types.StringValue(project.SuiteId)
	op.Etag = project.Etag
}
