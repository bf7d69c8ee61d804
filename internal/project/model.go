package project

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

// record is a project as ATM has it, for the resource and the data sources.
type record struct {
	ID      types.String `tfsdk:"id"`
	Name    types.String `tfsdk:"name"`
	SuiteID types.String `tfsdk:"suite_id"`
}

type model struct {
	record
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

// fill takes over ATM's response, and returns its etag.
func (r *record) fill(project *atm.Project) (etag string) {
	r.ID = types.StringValue(project.Id)
	r.Name = framework.KeepForm(r.Name, project.Name)
	r.SuiteID = types.StringValue(project.SuiteId)
	return project.Etag
}
