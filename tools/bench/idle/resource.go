package idle

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// described is what the floor keeps of a resource.
type described interface {
	resource.Resource
	resource.ResourceWithIdentity
}

var (
	_ resource.Resource             = (*idle)(nil)
	_ resource.ResourceWithIdentity = (*idle)(nil)
)

// idle is a resource that does nothing: objects are as they were planned.
type idle struct {
	of described
}

// Metadata implements resource.Resource.
func (r *idle) Metadata(ctx context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	r.of.Metadata(ctx, req, resp)
}

// Schema implements resource.Resource.
func (r *idle) Schema(ctx context.Context, req resource.SchemaRequest, resp *resource.SchemaResponse) {
	r.of.Schema(ctx, req, resp)
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *idle) IdentitySchema(ctx context.Context, req resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	r.of.IdentitySchema(ctx, req, resp)
}

// Create implements resource.Resource.
func (r *idle) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = known(req.Plan.Raw, &resp.Diagnostics)
	identify(ctx, resp.State, resp.Identity, &resp.Diagnostics)
}

// Read implements resource.Resource.
func (r *idle) Read(ctx context.Context, _ resource.ReadRequest, resp *resource.ReadResponse) {
	identify(ctx, resp.State, resp.Identity, &resp.Diagnostics)
}

// Update implements resource.Resource.
func (r *idle) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = known(req.Plan.Raw, &resp.Diagnostics)
	identify(ctx, resp.State, resp.Identity, &resp.Diagnostics)
}

// Delete implements resource.Resource.
func (r *idle) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// identify is what the framework demands after every operation.
func identify(ctx context.Context, state tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	for _, name := range slices.Sorted(maps.Keys(identity.Schema.GetAttributes())) {
		var value types.String
		diags.Append(state.GetAttribute(ctx, path.Root(name), &value)...)
		diags.Append(identity.SetAttribute(ctx, path.Root(name), value)...)
	}
}

// known fills in what ATM would return: values of the same length, so that the
// state has the same size.
func known(planned tftypes.Value, diags *diag.Diagnostics) tftypes.Value {
	filled, err := tftypes.Transform(planned, func(at *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if v.IsKnown() {
			return v, nil
		}
		switch {
		case v.Type().Is(tftypes.String):
			return tftypes.NewValue(tftypes.String, text(at)), nil
		case v.Type().Is(tftypes.Number):
			return tftypes.NewValue(tftypes.Number, big.NewFloat(1)), nil
		}
		return tftypes.NewValue(v.Type(), nil), nil
	})
	if err != nil {
		diags.AddError("The floor provider cannot fill in a value", err.Error())
	}
	return filled
}

// lengths of the strings that ATM makes up; ids have 21.
var lengths = map[string]int{"client_id": 20, "client_secret": 32}

var serial atomic.Int64

func text(at *tftypes.AttributePath) string {
	length := 21
	if name, ok := at.LastStep().(tftypes.AttributeName); ok && lengths[string(name)] > 0 {
		length = lengths[string(name)]
	}
	number := fmt.Sprint(serial.Add(1))
	return number + strings.Repeat("x", length-len(number))
}
