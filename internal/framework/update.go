package framework

import (
	"cmp"
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// Update implements resource.Resource.
func (r *managed[M]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state M
	resp.Diagnostics.Append(Get(ctx, req.Plan.Raw, req.Plan.Schema, &plan)...)
	resp.Diagnostics.Append(Get(ctx, req.State.Raw, req.State.Schema, &state)...)
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	limited, cancel := bound(ctx, req.Plan, "update", &resp.Diagnostics)
	defer cancel()

	update := &UpdateRequest[M]{
		Request: Request{client, resp.Private, &resp.Diagnostics}, writeOnly: writeOnly{req.Config},
		Plan: &plan, State: &state, Key: atm.NewIdempotencyKey(),
	}
	_, diags := Private(ctx, resp.Private, keyEtag, &update.Etag)
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	etag, err := r.own.Update(limited, update)
	resp.Diagnostics.Append(SetPrivate(ctx, resp.Private, keyEtag, cmp.Or(etag, update.Etag))...)
	if err == nil {
		resp.Diagnostics.Append(Set(ctx, &resp.State.Raw, resp.State.Schema, &plan)...)
		r.identify(ctx, resp.State, resp.Identity, &resp.Diagnostics)
		return
	}
	// The state records what was changed before the failure.
	resp.Diagnostics.Append(Set(ctx, &resp.State.Raw, resp.State.Schema, &state)...)
	if atm.IsStale(err) {
		r.stale(limited, client, err, req.State, &resp.Diagnostics)
		return
	}
	r.explain(err, updating, &resp.Diagnostics)
}
