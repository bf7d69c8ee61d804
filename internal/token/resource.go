package token

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

var (
	_ resource.ResourceWithConfigure      = (*tokenResource)(nil)
	_ resource.ResourceWithImportState    = (*tokenResource)(nil)
	_ resource.ResourceWithValidateConfig = (*tokenResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*tokenResource)(nil)
)

// NewResource is the resource atm_token: a token that stays the same until it
// is due for renewal. ATM has no such object, so there is no identity and
// nothing to import.
func NewResource() resource.Resource { return &tokenResource{} }

type tokenResource struct{ framework.Base }

// Metadata implements resource.Resource.
func (r *tokenResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_token"
}

// Schema implements resource.Resource.
func (r *tokenResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = resourceSchema()
}

// Configure implements resource.ResourceWithConfigure.
func (r *tokenResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.Use(req.ProviderData, &resp.Diagnostics)
}

// ValidateConfig implements resource.ResourceWithValidateConfig.
func (r *tokenResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var grant, login types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("grant_type"), &grant)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("login_id"), &login)...)
	validateGrant(grant, login, &resp.Diagnostics)
	validateAuthentication(ctx, req.Config, &resp.Diagnostics, "client_secret", "client_secret_wo")
}

// ImportState implements resource.ResourceWithImportState, only to say why it
// is not possible.
func (r *tokenResource) ImportState(_ context.Context, _ resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resp.Diagnostics.AddError("atm_token cannot be imported",
		"ATM does not store the tokens that it issues, so there is no object to read. Remove the import block, or the terraform import command, and apply:"+
			" the resource then gets a token of its own. To use a token that was issued outside Terraform, pass it in a sensitive variable.")
}

// Create implements resource.Resource.
func (r *tokenResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan resourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	want := plan.request(ctx, req.Config, r.Assertions(), &resp.Diagnostics)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := bound(ctx)
	defer cancel()

	token, err := issue(ctx, client, want, r.Now)
	if err == nil {
		if err = token.checkRenewal(plan.RenewBefore); err != nil {
			abandon(ctx, client, want, token.tokens)
		}
	}
	if err != nil {
		diagnose(err, want, &resp.Diagnostics)
		return
	}
	plan.fill(token)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(r.remember(ctx, resp.Private, token.tokens)...)
}

// Read implements resource.Resource. It sends no request to ATM: only
// introspection tells that a token was revoked, and it needs the secret.
func (r *tokenResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var (
		state resourceModel
		seen  time.Time
	)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	found, diags := framework.Private(ctx, resp.Private, keySeen, &seen)
	resp.Diagnostics.Append(diags...)
	if now := r.Now(); !found || state.seenMatters(seen, now) {
		resp.Diagnostics.Append(framework.SetPrivate(ctx, resp.Private, keySeen, now)...)
	}
}

// Update implements resource.Resource.
func (r *tokenResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state resourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	want := plan.request(ctx, req.Config, r.Assertions(), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if !plan.AccessToken.IsUnknown() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		return
	}
	client, ok := r.Client(&resp.Diagnostics)
	if !ok {
		return
	}
	ctx, cancel := bound(ctx)
	defer cancel()

	token, err := r.renew(ctx, client, want, !plan.sameSecret(&state), resp.Private, &resp.Diagnostics)
	if err != nil {
		diagnose(err, want, &resp.Diagnostics)
		return
	}
	plan.fill(token)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	if err := token.checkRenewal(plan.RenewBefore); err != nil {
		// The token is good and stays; what is wrong is that it would be renewed at every plan.
		diagnose(err, want, &resp.Diagnostics)
	}
}

// Delete implements resource.Resource. A token that cannot be revoked is no
// reason to keep the object: it expires anyway.
func (r *tokenResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state resourceModel
	if resp.Diagnostics.Append(req.State.Get(ctx, &state)...); resp.Diagnostics.HasError() {
		return
	}
	var kept refreshTokens
	_, diags := framework.Private(ctx, req.Private, keyRefresh, &kept)
	resp.Diagnostics.Append(diags...)

	token := handle(&atm.Tokens{AccessToken: state.AccessToken.ValueString(), RefreshToken: kept.RefreshToken})
	if expires, known := state.expires(); kept.RefreshToken == "" && known && !r.Now().Before(expires) {
		return
	}
	by := state.proof()
	if state.ClientSecret.IsNull() && !by.given() {
		notRevoked(&resp.Diagnostics, state.ExpiresAt.ValueString(), "Terraform does not have client_secret_wo, client_assertion and client_private_key_pem when it destroys: a write-only value is not in the state. "+
			"The action atm_revoke_tokens (Terraform 1.14) revokes without it.")
		return
	}
	var unready diag.Diagnostics
	client, ok := r.Client(&unready)
	if !ok {
		notRevoked(&resp.Diagnostics, state.ExpiresAt.ValueString(), unready[0].Detail())
		return
	}
	ctx, cancel := bound(ctx)
	defer cancel()
	aud, _ := state.Claims.Attributes()["aud"].(types.String)
	if err := revokeToken(ctx, client, revocation{
		ClientID: state.ClientID.ValueString(), Secret: state.ClientSecret.ValueString(), Proof: by, Token: token, Application: aud.ValueString(),
	}, r.Assertions()); err != nil {
		var found diag.Diagnostics
		notRevoked(&found, state.ExpiresAt.ValueString(), err.Error())
		resp.Diagnostics.Append(mask(found, state.ClientSecret.ValueString(), token)...)
	}
}

// mostTime is how long an operation goes on, repetitions included.
const mostTime = 2 * time.Minute

func bound(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, mostTime, fmt.Errorf("it took longer than %s", mostTime))
}

// lifespanError is a renew_before that covers the whole life of the token.
type lifespanError struct{ lifespan, renewBefore int64 }

func (e *lifespanError) Error() string {
	return fmt.Sprintf("The application's tokens live for %d seconds, and renew_before is %d: the token would be renewed at every plan. "+
		"Set renew_before below the lifespan, or raise access_token_lifespan of the application.", e.lifespan, e.renewBefore)
}

// checkRenewal refuses a renew_before that leaves the token no time.
func (i *issued) checkRenewal(renewBefore types.Int64) error {
	lifespan := int64(i.claims.ExpiresAt.Sub(i.claims.IssuedAt) / time.Second)
	if renewBefore.ValueInt64() >= lifespan {
		return &lifespanError{lifespan, renewBefore.ValueInt64()}
	}
	return nil
}
