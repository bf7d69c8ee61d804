package user

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/oapi-codegen/nullable"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type model struct {
	ID                 types.String   `tfsdk:"id"`
	Email              types.String   `tfsdk:"email"`
	FirstName          types.String   `tfsdk:"first_name"`
	LastName           types.String   `tfsdk:"last_name"`
	Role               types.String   `tfsdk:"role"`
	SuiteID            types.String   `tfsdk:"suite_id"`
	ProjectID          types.String   `tfsdk:"project_id"`
	Enabled            types.Bool     `tfsdk:"enabled"`
	PasswordWO         types.String   `tfsdk:"password_wo"` // always null: see framework.Op.WriteOnly
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

func (m *model) fill(user *atm.User, op *framework.Op) {
	m.ID = types.StringValue(user.Id)
	m.Email = framework.KeepSpelling(m.Email, user.Email)
	m.FirstName = framework.KeepForm(m.FirstName, user.FirstName)
	m.LastName = framework.KeepForm(m.LastName, user.LastName)
	m.Role = types.StringValue(string(user.Role))
	m.SuiteID = types.StringValue(user.SuiteId)
	m.ProjectID = types.StringValue(user.ProjectId)
	m.Enabled = types.BoolValue(user.Enabled)
	op.Etag = user.Etag
}

// defaults fills what only Terraform knows, after an import.
func (m *model) defaults() {
	if m.DeletionProtection.IsNull() {
		m.DeletionProtection = types.BoolValue(false)
	}
	if m.OnDestroy.IsNull() {
		m.OnDestroy = types.StringValue(onDestroyDelete)
	}
}
