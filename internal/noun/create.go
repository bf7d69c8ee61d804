package noun

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// Create implements resource.Resource.
func (r *Resource[M]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan M
	if resp.Diagnostics.Append(Get(ctx, req.Plan.Raw, req.Plan.Schema, &plan)...); resp.Diagnostics.HasError() {
		return
	}
	client, ok := r.Client(&resp.Diagnostics)
	if !ok {
		return
	}
	limited, cancel := bound(ctx, req.Plan, "create", &resp.Diagnostics)
	defer cancel()

	op := r.op(client, resp.Private, &resp.Diagnostics)
	op.Key, op.config = atm.NewIdempotencyKey(), req.Config
	if err := r.Spec.Create(limited, op, &plan); err != nil {
		r.explain(err, &resp.Diagnostics)
		var lost *atm.UnknownOutcomeError
		if errors.As(err, &lost) {
			r.keepLost(ctx, op, lost, req, resp)
		}
		if op.Partial {
			resp.Diagnostics.Append(Set(ctx, &resp.State.Raw, resp.State.Schema, &plan)...)
			r.identify(ctx, resp.State, resp.Identity, &resp.Diagnostics)
		}
		return
	}
	resp.Diagnostics.Append(Set(ctx, &resp.State.Raw, resp.State.Schema, &plan)...)
	r.identify(ctx, resp.State, resp.Identity, &resp.Diagnostics)
	resp.Diagnostics.Append(Remember(ctx, resp.Private, keyEtag, op.Etag)...)
}

// keepLost saves what is known of a create whose outcome is not: the plan
// without an id, and the key that tells later. Terraform marks it tainted and
// its next read comes with both.
func (r *Resource[M]) keepLost(ctx context.Context, op *Op, lost *atm.UnknownOutcomeError, req resource.CreateRequest, resp *resource.CreateResponse) {
	known, err := tftypes.Transform(req.Plan.Raw, func(_ *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if v.IsKnown() {
			return v, nil
		}
		return tftypes.NewValue(v.Type(), nil), nil
	})
	if err != nil {
		resp.Diagnostics.AddError("The unfinished object cannot be saved", err.Error())
		return
	}
	resp.State.Raw = known
	resp.Diagnostics.Append(Remember(ctx, resp.Private, keyLost, lostCreate{Key: lost.Key, At: op.Now(), Caller: op.Client.Caller()})...)
	resp.Diagnostics.AddWarning("It is not known whether ATM created the object",
		"The answer to the create was lost. The next plan asks ATM which object this create made, and replaces it or forgets it; nothing is left behind or made twice. Apply again.")
}
