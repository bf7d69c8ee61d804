package suite

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type model struct {
	ID       types.String   `tfsdk:"id"`
	Name     types.String   `tfsdk:"name"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

func (m *model) create() atm.SuiteCreate {
	return atm.SuiteCreate{Name: m.Name.ValueString()}
}

// patch names what differs from the prior state, so that what someone else
// manages is left alone.
func (m *model) patch(prior *model) atm.SuitePatch {
	var patch atm.SuitePatch
	if !m.Name.Equal(prior.Name) {
		patch.Name = m.Name.ValueStringPointer()
	}
	return patch
}

func (m *model) fill(suite *atm.Suite, op *framework.Op) {
	m.ID = types.StringValue(suite.Id)
	m.Name = framework.KeepForm(m.Name, suite.Name)
	op.Etag = suite.Etag
}
