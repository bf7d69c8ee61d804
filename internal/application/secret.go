package application

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/noun"
)

// keyDrift marks in private state that the secret was rotated elsewhere. While
// it stands, a plan rotates. Without it a null client_secret plans nothing:
// after an import it is null, and with a write-only secret always.
const keyDrift = "secret_drift"

// noticeRotation compares the version that Terraform made with ATM's.
func (m *model) noticeRotation(ctx context.Context, application *atm.Application, op *noun.Op) {
	version := int64(application.SecretVersion)
	known := !m.SecretVersion.IsNull()
	rotated := known && m.SecretVersion.ValueInt64() != version
	m.SecretVersion = types.Int64Value(version)
	if !rotated {
		return
	}
	m.ClientSecret = types.StringNull()
	op.Diags.Append(noun.Remember(ctx, op.Private, keyDrift, version)...)
	op.Diags.AddWarning("A client secret was rotated elsewhere",
		fmt.Sprintf("The secret of atm_application %q (%s) is at version %d, which Terraform did not make, so what Terraform has of it is no longer valid. "+
			"The plan rotates it, with the overlap of secret_rotation, or sets the write-only one again.", m.ID.ValueString(), application.Name, version))
}

// modifyPlan decides whether this apply rotates the secret, which shows in the
// plan as an unknown secret_version, and keeps both known otherwise.
func modifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var plan model
	var secret types.String
	resp.Diagnostics.Append(noun.Get(ctx, req.Plan.Raw, req.Plan.Schema, &plan)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("client_secret_wo"), &secret)...)
	if resp.Diagnostics.HasError() {
		return
	}
	planned := types.StringUnknown()
	if version := plan.SecretWOVersion; !version.IsUnknown() && (!version.IsNull() || !secret.IsNull()) {
		planned = types.StringNull()
	}
	if req.State.Raw.IsNull() {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("client_secret"), planned)...)
		return
	}

	var state model
	if resp.Diagnostics.Append(noun.Get(ctx, req.State.Raw, req.State.Schema, &state)...); resp.Diagnostics.HasError() {
		return
	}
	version := types.Int64Unknown()
	if !plan.AuthenticatorType.Equal(state.AuthenticatorType) {
		return // replaced: all computed values are new
	}
	var drift int64
	drifted, diags := noun.Recall(ctx, req.Private, keyDrift, &drift)
	resp.Diagnostics.Append(diags...)
	if !drifted && !plan.rotates(&state, noun.IsAdopted(ctx, req.Private)) {
		planned, version = state.ClientSecret, state.SecretVersion
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("client_secret"), planned)...)
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("secret_version"), version)...)
}

// rotates reports whether the configuration asks for another secret than the
// state has.
func (m *model) rotates(state *model, adopted bool) bool {
	if !m.SecretWOVersion.Equal(state.SecretWOVersion) {
		firstOfImported := adopted && state.SecretWOVersion.IsNull()
		return !firstOfImported
	}
	now, before := m.triggers(), state.triggers()
	return !now.IsNull() && !before.IsNull() && !now.Equal(before)
}
