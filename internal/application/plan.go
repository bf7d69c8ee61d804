package application

import (
	"context"
	"fmt"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/framework"
	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// Values of secret_rotation.on_unknown_secret.
const (
	keepUnknown   = "keep"
	rotateUnknown = "rotate"
)

// ModifyPlan decides whether this apply rotates the secret, or sets one that the
// application does not have yet. The plan then shows an unknown secret_version.
// In all other cases it keeps both known.
func (applicationResource) ModifyPlan(ctx context.Context, req *framework.PlanRequest[model]) {
	plan, state := req.Plan, req.State
	if state != nil {
		plan.keepCredentialForms(ctx, state)
	}
	var secret types.String
	if req.Diags.Append(req.Config.GetAttribute(ctx, path.Root("client_secret_wo"), &secret)...); req.Diags.HasError() {
		return
	}
	planned := types.StringUnknown()
	if version := plan.SecretWOVersion; !version.IsUnknown() && (!version.IsNull() || !secret.IsNull()) {
		planned = types.StringNull()
	}
	plan.ClientSecret, plan.SecretVersion = planned, types.Int64Unknown()
	switch {
	case !plan.hasSecret():
		plan.ClientSecret, plan.SecretVersion = types.StringNull(), types.Int64Value(0)
		if state != nil {
			plan.warnWithoutSecret(state, req)
		}
		return
	case state == nil, plan.ClientAuthentication.IsUnknown():
		return
	}
	at, unknown := unknownSecret(ctx, req.Private)
	rotates := plan.rotates(state) || state.lacksSecret() || unknown && plan.rotatesUnknown()
	if !rotates {
		plan.ClientSecret, plan.SecretVersion = state.ClientSecret, state.SecretVersion
	}
	switch {
	case unknown && !rotates:
		warnUnknown(state, at, plan.ClientSecret.IsNull() && !plan.SecretWOVersion.IsNull(), req.Diags)
	case unknown && plan.rotatesUnknown():
		warnNoOverlap(plan, state, `on_unknown_secret is "rotate", and Terraform does not know the current client secret, so this apply replaces it.`, req.Diags)
	case unknown && state.lacksSecret():
		warnNoOverlap(plan, state, fmt.Sprintf("ATM has version %d of the client secret, and Terraform has none. If an apply set it and its response was lost, this apply gets that secret."+
			" If it was set outside Terraform, this apply replaces it.", at), req.Diags)
	}
	if rotates && req.ClientID != "" && req.ClientID == state.ClientID.ValueString() {
		warnOwnSecret(plan, state, req.Diags)
	}
}

// warnWithoutSecret is for an application that has no secret after this apply.
func (m *model) warnWithoutSecret(state *model, req *framework.PlanRequest[model]) {
	none := types.StringValue(validation.ClientAuthenticationNone)
	if m.ClientAuthentication.Equal(none) && !state.ClientAuthentication.Equal(none) {
		warnPublic(state, req.Diags)
	}
	if state.hasSecret() && req.ClientID != "" && req.ClientID == state.ClientID.ValueString() {
		warnOwnSecretDeleted(state, req.Diags)
	}
}

// keepCredentialForms plans no change where only the form differs, as after an
// import of what the configuration says by name, such as single_use = false.
func (m *model) keepCredentialForms(ctx context.Context, state *model) {
	raw, err := m.FederatedCredentials.ToTerraformValue(ctx)
	if err != nil || raw.IsNull() || !raw.IsFullyKnown() || state.FederatedCredentials.IsNull() {
		return
	}
	if reflect.DeepEqual(sentCredentials(ctx, m.FederatedCredentials), sentCredentials(ctx, state.FederatedCredentials)) {
		m.FederatedCredentials = state.FederatedCredentials
	}
}

// rotates reports whether the configuration asks for another secret than the
// state has.
func (m *model) rotates(state *model) bool {
	if !m.SecretWOVersion.Equal(state.SecretWOVersion) {
		// Only an imported application has neither: its first version sends nothing.
		firstOfImported := state.SecretWOVersion.IsNull() && state.ClientSecret.IsNull()
		return !firstOfImported
	}
	now, before := m.triggers(), state.triggers()
	return !now.IsNull() && !before.IsNull() && !now.Equal(before)
}

// warnUnknown has one summary for all applications, so that Terraform prints
// many of these warnings as one.
func warnUnknown(state *model, at int64, writeOnly bool, diags *diag.Diagnostics) {
	what := fmt.Sprintf("atm_application %q (%s): ", state.ID.ValueString(), state.Name.ValueString())
	remedy := " To rotate it once at the next apply, set secret_rotation = { on_unknown_secret = \"rotate\", previous_secret_expires_in = 86400 }:" +
		" the secret that ATM has now stays valid for that many seconds."
	switch {
	case at != state.SecretVersion.ValueInt64() && !state.ClientSecret.IsNull():
		what += fmt.Sprintf("the client secret was rotated outside Terraform. ATM has version %d of it; Terraform keeps client_secret and secret_version of version %d, which ATM does not accept, or only until its overlap ends.",
			at, state.SecretVersion.ValueInt64())
	case writeOnly:
		what += fmt.Sprintf("Terraform did not set version %d of the client secret, which ATM has: the application was imported, or the secret was rotated outside Terraform. It sends client_secret_wo when client_secret_wo_version changes.", at)
		remedy = " To send it once at the next apply, change the version, or set secret_rotation = { on_unknown_secret = \"rotate\", previous_secret_expires_in = 86400 }:" +
			" the secret that ATM has now stays valid for that many seconds."
	default:
		what += "client_secret is null, because ATM returns a generated secret only once, and the application was imported after that."
	}
	diags.AddWarning("Terraform does not know the client secret", what+remedy)
}

// warnNoOverlap is for the rotation of a secret that others got, or may have
// got, outside Terraform.
func warnNoOverlap(plan, state *model, why string, diags *diag.Diagnostics) {
	overlap := plan.overlap()
	if overlap.IsUnknown() || overlap.ValueInt64() > 0 {
		return
	}
	diags.AddWarning("The rotation has no overlap",
		fmt.Sprintf("atm_application %q (%s): %s Clients that use the replaced secret lose access at once."+
			" Set previous_secret_expires_in in secret_rotation to the number of seconds that it is to stay valid.", state.ID.ValueString(), state.Name.ValueString(), why))
}

func warnPublic(state *model, diags *diag.Diagnostics) {
	diags.AddWarning("Users have to sign in again",
		fmt.Sprintf("atm_application %q (%s): client_authentication changes from %q to \"none\". ATM deletes the client secret and revokes the application's tokens:"+
			" a refresh token that needed the secret must not become usable by everyone who has a copy of it.",
			state.ID.ValueString(), state.Name.ValueString(), state.ClientAuthentication.ValueString()))
}

func warnOwnSecretDeleted(state *model, diags *diag.Diagnostics) {
	diags.AddWarning("The plan deletes the provider's own secret",
		fmt.Sprintf("The provider signs in through atm_application %q (%s): client_id of the provider block or ATM_CLIENT_ID is its client id. This apply deletes its client secret."+
			" If the provider signs in with that secret, it cannot do so after this apply.", state.ID.ValueString(), state.Name.ValueString()))
}

func warnOwnSecret(plan, state *model, diags *diag.Diagnostics) {
	until := "as soon as it is rotated"
	if overlap := plan.overlap(); overlap.ValueInt64() > 0 {
		until = fmt.Sprintf("%d seconds after it is rotated", overlap.ValueInt64())
	}
	diags.AddWarning("The plan rotates the provider's own secret",
		fmt.Sprintf("The provider signs in through atm_application %q (%s): client_id of the provider block or ATM_CLIENT_ID is its client id. The secret that the provider signs in with becomes invalid %s."+
			" Replace client_secret (ATM_CLIENT_SECRET) before the next run, and set previous_secret_expires_in in secret_rotation to the number of seconds that this may take.",
			state.ID.ValueString(), state.Name.ValueString(), until))
}
