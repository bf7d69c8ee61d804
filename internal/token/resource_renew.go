package token

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

// Keys of the private state.
const (
	keyRefresh = "refresh"
	keySeen    = "seen_at"
)

// refreshTokens is what renews the token. It is stored in private state, not in
// an attribute: a refresh token may be used once, so no other client may have
// it.
type refreshTokens struct {
	RefreshToken string `json:"refresh_token"`
	IDToken      string `json:"id_token"`
}

func (r *tokenResource) remember(ctx context.Context, private framework.PrivateState, tokens *atm.Tokens) diag.Diagnostics {
	diags := framework.SetPrivate(ctx, private, keySeen, r.Now())
	diags.Append(framework.SetPrivate(ctx, private, keyRefresh, refreshTokens{tokens.RefreshToken, tokens.IDToken})...)
	return diags
}

// ModifyPlan implements resource.ResourceWithModifyPlan: the token is known
// until it is due, and only then left to the apply.
func (r *tokenResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || req.State.Raw.IsNull() {
		return
	}
	var plan, state resourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	switch {
	case !plan.sameSubject(&state), !plan.sameSecret(&state), r.due(ctx, &plan, &state, req.Private):
		plan.forget()
	default:
		plan.keep(&state)
		checkAudience(&plan, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// due reports whether it is time to renew. Terraform asks twice, at plan and at
// apply, and refuses a second plan that differs from a first one with a known
// token. That can happen only where arguments change; then a time that the last
// refresh left decides, which is the same both times.
func (r *tokenResource) due(ctx context.Context, plan, state *resourceModel, private framework.Getter) bool {
	expires, known := state.expires()
	if !known || plan.RenewBefore.IsUnknown() {
		return true
	}
	at := r.Now()
	if !plan.RenewBefore.Equal(state.RenewBefore) || !plan.Audience.Equal(state.Audience) {
		var seen time.Time
		if found, diags := framework.Private(ctx, private, keySeen, &seen); found && !diags.HasError() {
			at = seen
		}
	}
	return !at.Before(expires.Add(-time.Duration(plan.RenewBefore.ValueInt64()) * time.Second))
}

// seenMatters reports whether it makes a difference to [tokenResource.due] that
// the token is seen at now, and not at before. Each time that is kept rewrites
// the state, so only a tenth of the token's life counts, or that its renewal
// became due, or that it ended; an ended one is due with any arguments.
func (m *resourceModel) seenMatters(before, now time.Time) bool {
	expires, known := m.expires()
	issued, err := time.Parse(time.RFC3339, m.IssuedAt.ValueString())
	if !known || err != nil {
		return false // always due
	}
	passed := func(at time.Time) bool { return before.Before(at) != now.Before(at) }
	renewal := expires.Add(-time.Duration(m.RenewBefore.ValueInt64()) * time.Second)
	stale := now.Sub(before).Abs() >= expires.Sub(issued)/10
	return passed(renewal) || passed(expires) || stale && before.Before(expires)
}

// checkAudience compares a changed audience with the token that stays.
func checkAudience(plan *resourceModel, diags *diag.Diagnostics) {
	have, _ := plan.Claims.Attributes()["aud"].(types.String)
	if plan.Audience.IsNull() || plan.Audience.IsUnknown() || have.Equal(plan.Audience) {
		return
	}
	diags.AddAttributeError(path.Root("audience"), "The token is for another audience",
		"Its audience (aud) is "+have.String()+". Set audience to that value, or remove it to accept any aud.")
}

// renew gets the next token: by the refresh grant where there is a refresh
// token and the secret is the one that it was issued under, else by a sign-in.
// What it gets is remembered before it is verified: a refresh token that was
// used is of no use any more.
func (r *tokenResource) renew(ctx context.Context, client *atm.Client, want request, newSecret bool, private framework.PrivateState, diags *diag.Diagnostics) (*issued, error) {
	var kept refreshTokens
	_, found := framework.Private(ctx, private, keyRefresh, &kept)
	diags.Append(found...)
	if !newSecret && kept.RefreshToken != "" && kept.IDToken != "" {
		diags.Append(framework.DeletePrivate(ctx, private, keyRefresh)...)
		tokens, err := client.RefreshTokens(ctx, want.clientID, &atm.Tokens{RefreshToken: kept.RefreshToken, IDToken: kept.IDToken})
		if err == nil {
			diags.Append(r.remember(ctx, private, tokens)...)
			return verified(ctx, client, tokens, want, r.Now)
		}
		// Refused, or of unknown outcome: a refresh token may be used only once, so sign in.
	}
	token, err := issue(ctx, client, want, r.Now)
	if err != nil {
		return nil, err
	}
	diags.Append(r.remember(ctx, private, token.tokens)...)
	return token, nil
}
