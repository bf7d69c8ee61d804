package suite

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

// record is a suite as ATM has it, for the resource and the data sources.
type record struct {
	ID   types.String `tfsdk:"id"`
	Name types.String `tfsdk:"name"`
}

type model struct {
	record
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

func (m *model) create() atm.SuiteCreate {
	return atm.SuiteCreate{Name: m.Name.ValueString()}
}

// patch names what differs from the prior state, so that it does not touch what
// someone else manages.
func (m *model) patch(prior *model) atm.SuitePatch {
	var patch atm.SuitePatch
	if !m.Name.Equal(prior.Name) {
		patch.Name = m.Name.ValueStringPointer()
	}
	return patch
}

// fill takes over ATM's response, and returns its etag.
func (r *record) fill(suite *atm.Suite) (etag string) {
	r.ID = types.StringValue(suite.Id)
	r.Name = framework.KeepForm(r.Name, suite.Name)
	return suite.Etag
}
