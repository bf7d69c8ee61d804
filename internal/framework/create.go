package framework

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// Create implements resource.Resource.
func (r *managed[M]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
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

	me := r.conn.callerToStore(limited)
	create := &CreateRequest[M]{
		Request: Request{client, resp.Private, &resp.Diagnostics}, writeOnly: writeOnly{req.Config},
		Plan: &plan, Key: atm.NewIdempotencyKey(),
	}
	etag, err := r.own.Create(limited, create)
	var unknown *atm.UnknownOutcomeError
	if errors.As(err, &unknown) {
		r.keepUnknown(ctx, client, unknown, me, req, resp)
	}
	if err == nil || create.Partial {
		resp.Diagnostics.Append(Set(ctx, &resp.State.Raw, resp.State.Schema, &plan)...)
		r.identify(ctx, resp.State, resp.Identity, &resp.Diagnostics)
	}
	if err != nil {
		r.explain(err, creating, &resp.Diagnostics)
		// The suite of an assignment can wait until a read finds the assignment.
		r.storeOrigin(limited, Scope{}, resp.Private, me, &resp.Diagnostics)
		return
	}
	resp.Diagnostics.Append(SetPrivate(ctx, resp.Private, keyEtag, etag)...)
	r.learnSuite(ctx, resp.State, &plan)
	r.storeOrigin(limited, r.own.Scope(&plan), resp.Private, me, &resp.Diagnostics)
}
