package noun

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

const attributeDeletionProtection = "deletion_protection"

// DeletionProtection is the attribute that the frame obeys where a schema has it.
func DeletionProtection() schema.Attribute {
	return schema.BoolAttribute{
		Optional: true, Computed: true, Default: booldefault.StaticBool(false),
		MarkdownDescription: "While true, Terraform refuses to destroy or replace the object: at plan time, or, where `-replace` asks for it or the object is tainted, at apply. Set it to false and apply first. Default `false`. ATM knows nothing of it.",
	}
}

// Delete implements resource.Resource.
func (r *Resource[M]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if !r.identified(ctx, req.State) {
		return // a lost create that was never resolved: -refresh=false
	}
	var state M
	resp.Diagnostics.Append(Get(ctx, req.State.Raw, req.State.Schema, &state)...)
	if r.refuseProtected(ctx, req.State, &resp.Diagnostics); resp.Diagnostics.HasError() {
		return
	}
	client, ok := r.Client(&resp.Diagnostics)
	if !ok {
		return
	}
	limited, cancel := bound(ctx, req.State, "delete", &resp.Diagnostics)
	defer cancel()

	op := r.op(client, req.Private, &resp.Diagnostics)
	op.Key = atm.NewIdempotencyKey()
	known, diags := Recall(ctx, req.Private, keyEtag, &op.Etag)
	op.Unfinished = !known
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	err := r.Spec.Delete(limited, op, &state)
	if err == nil {
		return
	}
	// What was removed before the failure stays known.
	resp.Diagnostics.Append(Set(ctx, &resp.State.Raw, resp.State.Schema, &state)...)
	if atm.IsStale(err) {
		r.stale(limited, op, err, req.State, &resp.Diagnostics)
		return
	}
	r.explain(err, &resp.Diagnostics)
}

func (r *Resource[M]) protects() bool {
	_, ok := r.Spec.Schema().Attributes[attributeDeletionProtection]
	return ok
}

func (r *Resource[M]) refuseProtected(ctx context.Context, state tfsdk.State, diags *diag.Diagnostics) {
	if !r.protects() {
		return
	}
	var protected types.Bool
	diags.Append(state.GetAttribute(ctx, path.Root(attributeDeletionProtection), &protected)...)
	if protected.ValueBool() {
		diags.AddAttributeError(path.Root(attributeDeletionProtection), fmt.Sprintf("%s %s is protected", r.typeName(), r.label(ctx, state)),
			"deletion_protection is true, so it is neither destroyed nor replaced. Set deletion_protection = false, apply, and try again.")
	}
}
