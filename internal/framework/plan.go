package framework

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// ModifyPlan implements resource.ResourceWithModifyPlan: what would fail at
// apply fails here.
func (r *Resource[M]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if !r.canSignIn(&resp.Diagnostics) {
		return
	}
	existing := !req.State.Raw.IsNull()
	if existing && (req.Plan.Raw.IsNull() || r.replaces(ctx, req)) {
		r.refuseProtected(ctx, req.State, &resp.Diagnostics)
	}
	if !req.Plan.Raw.IsNull() && r.Spec.ModifyPlan != nil {
		r.Spec.ModifyPlan(ctx, r.conn, req, resp)
	}
}

func (r *Resource[M]) replaces(ctx context.Context, req resource.ModifyPlanRequest) bool {
	for _, name := range append(r.Spec.Replace, r.Spec.Identity...) {
		var planned, prior attr.Value
		if req.Plan.GetAttribute(ctx, path.Root(name), &planned).HasError() || req.State.GetAttribute(ctx, path.Root(name), &prior).HasError() {
			continue
		}
		if planned != nil && prior != nil && !planned.Equal(prior) {
			return true
		}
	}
	return false
}
