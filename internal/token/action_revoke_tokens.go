package token

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/actionvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

var (
	_ action.ActionWithConfigure        = (*revokeTokens)(nil)
	_ action.ActionWithConfigValidators = (*revokeTokens)(nil)
)

// NewRevokeTokensAction is the action atm_revoke_tokens.
func NewRevokeTokensAction() action.Action { return &revokeTokens{} }

type revokeTokens struct{ framework.Base }

type revokeModel struct {
	UserID        types.String `tfsdk:"user_id"`
	ApplicationID types.String `tfsdk:"application_id"`
}

// Metadata implements action.Action.
func (a *revokeTokens) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_revoke_tokens"
}

// Schema implements action.Action.
func (a *revokeTokens) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: framework.Page("Revokes the tokens that a user has, that were issued through an application, or both: those of the user at the application.",
			framework.RoleManages+" Only a super admin can revoke the tokens of a super admin, or of an application to which a super admin or a user of another suite is assigned.", "nothing.",
			"Needs Terraform 1.14 or newer. The action ends the token families (all tokens of a sign-in), so that no token can be refreshed, and makes the access tokens issued until now inactive: introspection reports it, and ATM's management API refuses them."+
				" A gateway that verifies offline accepts them until they expire. The user can still sign in: to prevent that, disable the user or the assignment. If the action revokes the provider's own token, the provider signs in again.",
			"Terraform does not repeat an action that failed after `after_update`: the update itself succeeded, so the next plan has no change that triggers the action."+
				" Correct the cause, and run the action by its address: `terraform apply -invoke=action.atm_revoke_tokens.ada`. Terraform then runs only this one action and changes no resource."),
		Attributes: map[string]schema.Attribute{
			"user_id": schema.StringAttribute{
				Optional: true, MarkdownDescription: "The id of the user whose tokens are revoked. At least one of `user_id` and `application_id` is needed.", Validators: notEmpty,
			},
			"application_id": schema.StringAttribute{
				Optional: true, MarkdownDescription: "The id of the application whose tokens are revoked; with `user_id`, only those of that user.", Validators: notEmpty,
			},
		},
	}
}

// ConfigValidators implements action.ActionWithConfigValidators.
func (a *revokeTokens) ConfigValidators(context.Context) []action.ConfigValidator {
	return []action.ConfigValidator{actionvalidator.AtLeastOneOf(path.MatchRoot("user_id"), path.MatchRoot("application_id"))}
}

// Configure implements action.ActionWithConfigure.
func (a *revokeTokens) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.Use(req.ProviderData, &resp.Diagnostics)
}

// Invoke implements action.Action.
func (a *revokeTokens) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var model revokeModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &model)...); resp.Diagnostics.HasError() {
		return
	}
	client, ok := a.Client(&resp.Diagnostics)
	if !ok {
		return
	}
	ctx, cancel := bound(ctx)
	defer cancel()
	err := client.RevokeTokens(ctx, atm.NewIdempotencyKey(), atm.TokenRevocation{
		UserId: model.UserID.ValueStringPointer(), ApplicationId: model.ApplicationID.ValueStringPointer(),
	})
	if err != nil {
		framework.Explain(err, "atm_revoke_tokens", func(name string) bool { return name == "user_id" || name == "application_id" }, &resp.Diagnostics)
		return
	}
	resp.SendProgress(action.InvokeProgressEvent{Message: model.done()})
}

func (m *revokeModel) done() string {
	switch {
	case m.ApplicationID.IsNull():
		return fmt.Sprintf("The tokens of user %s are revoked.", m.UserID.ValueString())
	case m.UserID.IsNull():
		return fmt.Sprintf("The tokens of application %s are revoked.", m.ApplicationID.ValueString())
	}
	return fmt.Sprintf("The tokens of user %s at application %s are revoked.", m.UserID.ValueString(), m.ApplicationID.ValueString())
}
