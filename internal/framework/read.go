package framework

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// Read implements resource.Resource.
func (r *managed[M]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if r.defers(req.ClientCapabilities.DeferralAllowed) {
		r.deferRead(ctx, resp)
		return
	}
	client, ok := r.clientOr(" Or plan with -refresh=false.", &resp.Diagnostics)
	if !ok {
		return
	}
	limited, cancel := bound(ctx, req.State, "read", &resp.Diagnostics)
	defer cancel()

	var state M
	read := &ReadRequest[M]{Request: Request{client, resp.Private, &resp.Diagnostics}, State: &state}
	if read.Recovered, ok = r.recover(limited, &read.Request, resp); !ok {
		return
	}
	r.identify(ctx, resp.State, resp.Identity, &resp.Diagnostics)

	var by importForm
	resp.Diagnostics.Append(Get(ctx, resp.State.Raw, resp.State.Schema, &state)...)
	imported, diags := Private(ctx, resp.Private, keyImported, &by)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if read.Imported = imported; imported {
		resp.Diagnostics.Append(DeletePrivate(ctx, resp.Private, keyImported)...)
	}

	etag, err := r.own.Read(limited, read)
	switch {
	case atm.IsNotFound(err) && imported:
		r.nothingToImport(by, r.label(ctx, resp.State), &resp.Diagnostics)
	case atm.IsNotFound(err):
		me, err := r.judgeMissing(limited, err, resp.State, resp.Private)
		if err != nil {
			r.explain(err, otherOperation, &resp.Diagnostics)
			return
		}
		r.deletedWarning(ctx, me, resp.State, &resp.Diagnostics)
		resp.State.RemoveResource(ctx)
	case err != nil:
		r.explain(err, otherOperation, &resp.Diagnostics)
	default:
		resp.Diagnostics.Append(Set(ctx, &resp.State.Raw, resp.State.Schema, &state)...)
		resp.Diagnostics.Append(SetPrivate(ctx, resp.Private, keyEtag, etag)...)
		r.learnSuite(ctx, resp.State, &state)
		if scope := r.own.Scope(&state); !r.hasOrigin(ctx, scope, resp.Private) {
			r.storeOrigin(limited, scope, resp.Private, r.conn.callerToStore(limited), &resp.Diagnostics)
		}
	}
}
