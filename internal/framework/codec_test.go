package framework_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tci-pf/terraform-provider-atm/internal/framework"
)

type codecModel struct {
	Name     types.String   `tfsdk:"name"`
	Count    types.Int64    `tfsdk:"count"`
	On       types.Bool     `tfsdk:"on"`
	Set      types.Set      `tfsdk:"set"`
	Nested   types.Object   `tfsdk:"nested"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

func codecSchema() schema.Schema {
	return schema.Schema{Attributes: map[string]schema.Attribute{
		"name":  schema.StringAttribute{Optional: true},
		"count": schema.Int64Attribute{Optional: true},
		"on":    schema.BoolAttribute{Optional: true},
		"set":   schema.SetAttribute{Optional: true, ElementType: types.StringType},
		"nested": schema.SingleNestedAttribute{Optional: true, Attributes: map[string]schema.Attribute{
			"map": schema.MapAttribute{Optional: true, ElementType: types.StringType},
		}},
		"timeouts": framework.Timeouts(),
	}}
}

// TestCodec_IsTheFrameworks holds Get and Set against the framework's own.
func TestCodec_IsTheFrameworks(t *testing.T) {
	t.Parallel()
	ctx, of := t.Context(), codecSchema()
	text := func(v any) tftypes.Value { return tftypes.NewValue(tftypes.String, v) }
	kinds := of.Type().TerraformType(ctx).(tftypes.Object).AttributeTypes
	full := map[string]tftypes.Value{
		"name": text("a"), "count": tftypes.NewValue(tftypes.Number, 7), "on": tftypes.NewValue(tftypes.Bool, true),
		"set": tftypes.NewValue(kinds["set"], []tftypes.Value{text("x"), text("y")}),
		"nested": tftypes.NewValue(kinds["nested"], map[string]tftypes.Value{
			"map": tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"k": text("v")}),
		}),
		"timeouts": tftypes.NewValue(kinds["timeouts"], map[string]tftypes.Value{
			"create": text("5s"), "read": text(nil), "update": text(nil), "delete": text(nil),
		}),
	}
	empty, unknown := map[string]tftypes.Value{}, map[string]tftypes.Value{}
	for name, kind := range kinds {
		empty[name] = tftypes.NewValue(kind, nil)
		unknown[name] = tftypes.NewValue(kind, tftypes.UnknownValue)
	}
	for name, values := range map[string]map[string]tftypes.Value{"full": full, "null": empty, "unknown": unknown} {
		raw := tftypes.NewValue(of.Type().TerraformType(ctx), values)
		var ours, theirs codecModel
		if diags := framework.Get(ctx, raw, of, &ours); diags.HasError() {
			t.Errorf("%s: %v", name, diags)
		}
		state := tfsdk.State{Raw: raw, Schema: of}
		if diags := state.Get(ctx, &theirs); diags.HasError() {
			t.Errorf("%s: the framework: %v", name, diags)
		}
		if !ours.Set.Equal(theirs.Set) || !ours.Timeouts.Equal(theirs.Timeouts) || ours.Name != theirs.Name || !ours.Nested.Equal(theirs.Nested) {
			t.Errorf("%s: %+v, the framework has %+v", name, ours, theirs)
		}
		var back tftypes.Value
		if diags := framework.Set(ctx, &back, of, &ours); diags.HasError() {
			t.Errorf("%s: %v", name, diags)
		}
		if !back.Equal(raw) {
			t.Errorf("%s came back as %s", name, back)
		}
	}
}

func TestCodec_ZeroModelIsNull(t *testing.T) {
	t.Parallel()
	var raw tftypes.Value
	if diags := framework.Set(t.Context(), &raw, codecSchema(), &codecModel{}); diags.HasError() {
		t.Fatal(diags)
	}
	var back codecModel
	if diags := framework.Get(t.Context(), raw, codecSchema(), &back); diags.HasError() || !back.Set.IsNull() || !back.Nested.IsNull() {
		t.Errorf("%v %+v", diags, back)
	}
}

// An attribute that only Terraform knows has, after an import, the default of
// the schema.
func TestCodec_NullBecomesTheDefault(t *testing.T) {
	t.Parallel()
	of := schema.Schema{Attributes: map[string]schema.Attribute{
		"text": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString("delete")},
		"flag": schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(true)},
		"none": schema.StringAttribute{Optional: true},
	}}
	type embedded struct {
		Text types.String `tfsdk:"text"`
		Flag types.Bool   `tfsdk:"flag"`
	}
	type model struct {
		embedded
		None types.String `tfsdk:"none"`
	}
	for name, want := range map[string]model{
		"null":    {embedded{types.StringValue("delete"), types.BoolValue(true)}, types.StringNull()},
		"given":   {embedded{types.StringValue("disable"), types.BoolValue(false)}, types.StringValue("some")},
		"unknown": {embedded{types.StringUnknown(), types.BoolUnknown()}, types.StringUnknown()},
	} {
		var raw tftypes.Value
		var back, from model
		if name != "null" {
			from = want
		}
		diags := framework.Set(t.Context(), &raw, of, &from)
		diags.Append(framework.Get(t.Context(), raw, of, &back)...)
		if diags.HasError() || back != want {
			t.Errorf("%s: %+v, want %+v (%v)", name, back, want, diags)
		}
	}
}

func TestCodec_SaysWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	of := codecSchema()
	var missing struct {
		Name types.String `tfsdk:"name"`
	}
	var wrong struct {
		Name types.Bool `tfsdk:"name"`
	}
	raw := tftypes.NewValue(of.Type().TerraformType(t.Context()), nil)
	if got := framework.Get(t.Context(), raw, of, &missing); !got.HasError() || !strings.Contains(got[0].Detail(), "1 fields") {
		t.Errorf("missing fields: %v", got)
	}
	if got := framework.Get(t.Context(), raw, of, &wrong); !got.HasError() || !strings.Contains(got[0].Detail(), "Name") {
		t.Errorf("a field of another type: %v", got)
	}
	var model codecModel
	if got := framework.Get(t.Context(), raw, of, &model); !got.HasError() {
		t.Error("null is taken for an object")
	}
	other := struct {
		Set types.Set `tfsdk:"set"`
	}{types.SetValueMust(types.BoolType, nil)}
	bools := schema.Schema{Attributes: map[string]schema.Attribute{"set": schema.SetAttribute{Optional: true, ElementType: types.StringType}}}
	if got := framework.Set(t.Context(), &raw, bools, &other); !got.HasError() || !strings.Contains(got[0].Detail(), "set") {
		t.Errorf("a set of another type: %v", got)
	}
}
