package noun

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// Read implements resource.Resource.
func (r *Resource[M]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	client, ok := r.Client(&resp.Diagnostics)
	if !ok {
		return
	}
	limited, cancel := bound(ctx, req.State, "read", &resp.Diagnostics)
	defer cancel()
	op := r.op(client, resp.Private, &resp.Diagnostics)

	if !r.identified(ctx, resp.State) && !r.recoverLost(limited, op, resp) {
		return
	}
	r.identify(ctx, resp.State, resp.Identity, &resp.Diagnostics)
	resp.Diagnostics.Append(Forget(ctx, resp.Private, keyLost)...)

	var state M
	resp.Diagnostics.Append(Get(ctx, resp.State.Raw, resp.State.Schema, &state)...)
	imported, diags := Recall(ctx, resp.Private, keyImported, &op.Imported)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if imported {
		resp.Diagnostics.Append(Forget(ctx, resp.Private, keyImported)...)
	}

	err := r.Spec.Read(limited, op, &state)
	switch {
	case atm.IsNotFound(err) && op.Imported:
		resp.Diagnostics.AddError("There is nothing to import",
			fmt.Sprintf("ATM has no %s %q, or the provider's user may not see it. %s", r.typeName(), r.label(ctx, resp.State), r.Spec.ImportForms))
	case atm.IsNotFound(err):
		resp.Diagnostics.AddWarning(fmt.Sprintf("%s is gone", r.typeName()),
			fmt.Sprintf("%s %q was deleted elsewhere, or the provider's user may not see it any more. It is planned for creation.", r.typeName(), r.label(ctx, resp.State)))
		resp.State.RemoveResource(ctx)
	case err != nil:
		r.explain(err, &resp.Diagnostics)
	default:
		resp.Diagnostics.Append(Set(ctx, &resp.State.Raw, resp.State.Schema, &state)...)
		resp.Diagnostics.Append(Remember(ctx, resp.Private, keyEtag, op.Etag)...)
	}
}
