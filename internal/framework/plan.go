package framework

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
)

// ModifyPlan implements resource.ResourceWithModifyPlan: what would fail at
// apply fails here.
func (r *managed[M]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if !r.canSignIn(&resp.Diagnostics) {
		return
	}
	exists, destroys := !req.State.Raw.IsNull(), req.Plan.Raw.IsNull()
	replaces := exists && !destroys && r.replaces(ctx, req)
	if exists && (destroys || replaces) {
		r.refuseProtected(ctx, req.State, &resp.Diagnostics)
	}
	modifier, ok := r.own.(ResourceWithModifyPlan[M])
	if !ok || destroys {
		return
	}
	plan := &PlanRequest[M]{Plan: new(M), Config: req.Config, Private: req.Private, Diags: &resp.Diagnostics}
	resp.Diagnostics.Append(Get(ctx, req.Plan.Raw, req.Plan.Schema, plan.Plan)...)
	if exists && !replaces {
		plan.State = new(M)
		resp.Diagnostics.Append(Get(ctx, req.State.Raw, req.State.Schema, plan.State)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if r.conn != nil {
		plan.ClientID = r.conn.ClientID
	}
	modifier.ModifyPlan(ctx, plan)
	resp.Diagnostics.Append(Set(ctx, &resp.Plan.Raw, resp.Plan.Schema, plan.Plan)...)
}

// replaces asks the plan modifiers of the schema whether the plan replaces the
// object: the framework does not say yet. Only texts have such modifiers.
func (r *managed[M]) replaces(ctx context.Context, req resource.ModifyPlanRequest) bool {
	for name, attribute := range r.schema().Attributes {
		text, ok := attribute.(schema.StringAttribute)
		if !ok || len(text.PlanModifiers) == 0 {
			continue
		}
		of := planmodifier.StringRequest{Path: path.Root(name), Plan: req.Plan, State: req.State}
		if req.Plan.GetAttribute(ctx, of.Path, &of.PlanValue).HasError() || req.State.GetAttribute(ctx, of.Path, &of.StateValue).HasError() {
			continue
		}
		for _, modifier := range text.PlanModifiers {
			modified := planmodifier.StringResponse{PlanValue: of.PlanValue}
			if modifier.PlanModifyString(ctx, of, &modified); modified.RequiresReplace {
				return true
			}
		}
	}
	return false
}
