package user

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/oapi-codegen/nullable"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

// record is a user as ATM has it, for the resource and the data sources.
type record struct {
	ID        types.String `tfsdk:"id"`
	Email     types.String `tfsdk:"email"`
	FirstName types.String `tfsdk:"first_name"`
	LastName  types.String `tfsdk:"last_name"`
	Role      types.String `tfsdk:"role"`
	SuiteID   types.String `tfsdk:"suite_id"`
	ProjectID types.String `tfsdk:"project_id"`
	Enabled   types.Bool   `tfsdk:"enabled"`
}

type model struct {
	record
	PasswordWO         types.String   `tfsdk:"password_wo"` // always null: see CreateRequest.WriteOnly
	PasswordVersion    types.Int64    `tfsdk:"password_wo_version"`
	DeletionProtection types.Bool     `tfsdk:"deletion_protection"`
	OnDestroy          types.String   `tfsdk:"on_destroy"`
	Timeouts           timeouts.Value `tfsdk:"timeouts"`
}

// place narrows what is read ahead.
func (m *model) place() atm.Scope {
	return atm.Scope{SuiteID: m.SuiteID.ValueString(), ProjectID: m.ProjectID.ValueString()}
}

var disabled = nullable.NewNullableWithValue(false)

func (m *model) create(password types.String) atm.UserCreate {
	return atm.UserCreate{
		Email:     m.Email.ValueString(),
		FirstName: m.FirstName.ValueString(),
		LastName:  m.LastName.ValueStringPointer(),
		Role:      atm.Role(m.Role.ValueString()),
		SuiteId:   m.SuiteID.ValueString(),
		ProjectId: m.ProjectID.ValueString(),
		Enabled:   m.Enabled.ValueBoolPointer(),
		Password:  password.ValueStringPointer(),
	}
}

// patch names what differs from the prior state, and reports whether anything
// does: a suite admin may send no field that it may not change.
func (m *model) patch(prior *model) (atm.UserPatch, bool) {
	var patch atm.UserPatch
	changed := false
	text := func(to **string, now, before types.String) {
		if !now.Equal(before) {
			*to, changed = now.ValueStringPointer(), true
		}
	}
	text(&patch.Email, m.Email, prior.Email)
	text(&patch.FirstName, m.FirstName, prior.FirstName)
	text(&patch.SuiteId, m.SuiteID, prior.SuiteID)
	text(&patch.ProjectId, m.ProjectID, prior.ProjectID)
	if !m.Role.Equal(prior.Role) {
		role := atm.Role(m.Role.ValueString())
		patch.Role, changed = &role, true
	}
	if !m.LastName.Equal(prior.LastName) {
		patch.LastName, changed = nullable.NewNullableWithValue(m.LastName.ValueString()), true
	}
	if !m.Enabled.Equal(prior.Enabled) {
		patch.Enabled, changed = nullable.NewNullableWithValue(m.Enabled.ValueBool()), true
	}
	return patch, changed
}

// fill takes over ATM's response, and returns its etag.
func (r *record) fill(user *atm.User) (etag string) {
	r.ID = types.StringValue(user.Id)
	r.Email = framework.KeepSpelling(r.Email, user.Email)
	r.FirstName = framework.KeepForm(r.FirstName, user.FirstName)
	r.LastName = framework.KeepForm(r.LastName, user.LastName)
	r.Role = types.StringValue(string(user.Role))
	r.SuiteID = types.StringValue(user.SuiteId)
	r.ProjectID = types.StringValue(user.ProjectId)
	r.Enabled = types.BoolValue(user.Enabled)
	return user.Etag
}
