package framework

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// While settings of the provider block are unknown, what has to call ATM is
// deferred where the client can defer (`terraform plan -allow-deferral`, in
// experimental builds), and is an error where it cannot. It is decided for each
// operation: a deferral in the provider's Configure would also defer creates,
// which need no call to be planned. No Terraform (1.16) asks for the deferral of
// an ephemeral resource.

// defers reports whether an operation that has to call ATM waits for the
// settings.
func (b *Base) defers(allowed bool) bool {
	return allowed && b.conn != nil && len(b.conn.Unknown) > 0
}

// deferRead leaves the object as the state has it.
func (r *managed[M]) deferRead(ctx context.Context, resp *resource.ReadResponse) {
	r.identify(ctx, resp.State, resp.Identity, &resp.Diagnostics)
	resp.Deferred = &resource.Deferred{Reason: resource.DeferredReasonProviderConfigUnknown}
}

// deferImport says nothing about the object.
func (r *managed[M]) deferImport(ctx context.Context, resp *resource.ImportStateResponse) {
	resp.State.Raw = unknownState(ctx, resp.State)
	resp.Deferred = &resource.Deferred{Reason: resource.DeferredReasonProviderConfigUnknown}
}

// ClientToRead is [Base.Client] for a read, which it defers where it can.
func (d *DataSource) ClientToRead(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) (*atm.Client, bool) {
	if d.defers(req.ClientCapabilities.DeferralAllowed) {
		resp.State.Raw = unknownState(ctx, resp.State)
		resp.Deferred = &datasource.Deferred{Reason: datasource.DeferredReasonProviderConfigUnknown}
		return nil, false
	}
	return d.Client(&resp.Diagnostics)
}

func unknownState(ctx context.Context, state tfsdk.State) tftypes.Value {
	return tftypes.NewValue(state.Schema.Type().TerraformType(ctx), tftypes.UnknownValue)
}
