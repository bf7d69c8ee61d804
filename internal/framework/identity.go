package framework

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// identify sets the identity from the state's attributes of the same names.
// It is called after every Create, Read and Update, and before an object is
// removed: the framework demands an identity after each of them.
func (r *managed[M]) identify(ctx context.Context, state tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	if identity == nil {
		return
	}
	for _, name := range r.Identity {
		var value types.String
		diags.Append(state.GetAttribute(ctx, path.Root(name), &value)...)
		if value.IsNull() || value.IsUnknown() {
			// Only an object that never came to be has none; the framework wants one all the same.
			value = types.StringValue("")
		}
		diags.Append(identity.SetAttribute(ctx, path.Root(name), value)...)
	}
}

// identified reports whether the state names an object of ATM.
func (r *managed[M]) identified(ctx context.Context, state tfsdk.State) bool {
	for _, name := range r.Identity {
		var value types.String
		if state.GetAttribute(ctx, path.Root(name), &value).HasError() || value.ValueString() == "" {
			return false
		}
	}
	return true
}

// label names the object for a message, by its identity.
func (r *managed[M]) label(ctx context.Context, state tfsdk.State) string {
	text := ""
	for _, name := range r.Identity {
		var value types.String
		_ = state.GetAttribute(ctx, path.Root(name), &value)
		if text != "" {
			text += "/"
		}
		text += value.ValueString()
	}
	return text
}
