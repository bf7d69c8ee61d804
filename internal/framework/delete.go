package framework

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

// DeletionProtection is the attribute that every resource obeys whose schema has it.
func DeletionProtection() schema.Attribute {
	return schema.BoolAttribute{
		Optional: true, Computed: true, Default: booldefault.StaticBool(false),
		MarkdownDescription: "Whether Terraform refuses to destroy or replace the object. Default: `false`. Terraform returns the error at plan time, or at apply if the object is tainted or replaced with `-replace`. To destroy the object, first set the value to `false` and apply. The protection exists only in Terraform, not in ATM.",
	}
}

// Delete implements resource.Resource.
func (r *managed[M]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var outcome unknownOutcome
	_, diags := Private(ctx, req.Private, keyUnknown, &outcome)
	if resp.Diagnostics.Append(diags...); diags.HasError() {
		return
	}
	if outcome.Key == "" && !r.identified(ctx, req.State) {
		r.warnUnresolved(&resp.Diagnostics)
		return
	}
	if outcome.Key == "" {
		r.refuseProtected(ctx, req.State, &resp.Diagnostics)
	}
	client, ok := r.Client(&resp.Diagnostics)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	limited, cancel := bound(ctx, req.State, "delete", &resp.Diagnostics)
	defer cancel()

	remove := &DeleteRequest[M]{Request: Request{client, req.Private, &resp.Diagnostics}, State: new(M)}
	known, diags := Private(ctx, req.Private, keyEtag, &remove.Etag)
	remove.Unfinished = !known
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	if outcome.Key != "" {
		exists, err := r.resolve(limited, &remove.Request, outcome, &req.State)
		if err != nil {
			r.explain(err, otherOperation, &resp.Diagnostics)
		}
		if err != nil || !exists {
			return
		}
		remove.Recovered = true
	}
	r.delete(limited, remove, req, resp)
}

func (r *managed[M]) delete(ctx context.Context, remove *DeleteRequest[M], req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if resp.Diagnostics.Append(Get(ctx, req.State.Raw, req.State.Schema, remove.State)...); resp.Diagnostics.HasError() {
		return
	}
	err := r.own.Delete(ctx, remove)
	if atm.IsNotFound(err) {
		_, err = r.judgeMissing(ctx, err, req.State, req.Private)
	}
	if err == nil {
		return
	}
	// The state records what was removed before the failure.
	resp.Diagnostics.Append(Set(ctx, &resp.State.Raw, resp.State.Schema, remove.State)...)
	if atm.IsStale(err) {
		r.stale(ctx, remove.Client, err, req.State, &resp.Diagnostics)
		return
	}
	r.explain(err, otherOperation, &resp.Diagnostics)
}

// warnUnresolved says what is true of an object without an id and without the
// key of its create: Terraform passes no private state to the delete of a
// tainted object that it replaces.
func (r *managed[M]) warnUnresolved(diags *diag.Diagnostics) {
	diags.AddWarning(fmt.Sprintf("Unknown whether %s exists", r.typeName()),
		"Its create ended without a response, and the state has no idempotency key with which to ask ATM, so the delete only removed the object from the state."+
			" If ATM created the object, it still exists: a create that follows reports its name or email address as taken, with the import block."+
			" A plan with refresh asks ATM first.")
}

func (r *managed[M]) protects() bool {
	_, ok := r.schema().Attributes[attributeDeletionProtection]
	return ok
}

func (r *managed[M]) refuseProtected(ctx context.Context, state tfsdk.State, diags *diag.Diagnostics) {
	if !r.protects() || !r.identified(ctx, state) {
		return // an object that was never finished may be replaced
	}
	var protected types.Bool
	diags.Append(state.GetAttribute(ctx, path.Root(attributeDeletionProtection), &protected)...)
	if protected.ValueBool() {
		diags.AddAttributeError(path.Root(attributeDeletionProtection), fmt.Sprintf("%s %s is protected", r.typeName(), r.label(ctx, state)),
			"deletion_protection is true, so the object cannot be destroyed or replaced. Set deletion_protection = false, apply, and try again.")
	}
}
