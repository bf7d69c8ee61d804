package applicationusers

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// enabledByDefault plans enabled = true for whom the configuration does not
// say. A schema default cannot: elements of a set are found by their value, of
// which the default itself is a part.
type enabledByDefault struct{}

// Description implements planmodifier.Describer.
func (enabledByDefault) Description(context.Context) string { return "enabled is true unless given" }

// MarkdownDescription implements planmodifier.Describer.
func (m enabledByDefault) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

// PlanModifySet implements planmodifier.Set.
func (enabledByDefault) PlanModifySet(_ context.Context, req planmodifier.SetRequest, resp *planmodifier.SetResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	elements := make([]attr.Value, 0, len(req.ConfigValue.Elements()))
	for _, element := range req.ConfigValue.Elements() {
		id, enabled, err := parts(element)
		if err != nil {
			resp.Diagnostics.AddAttributeError(req.Path, "users cannot be planned", err.Error())
			return
		}
		if element.IsUnknown() {
			elements = append(elements, types.ObjectUnknown(userType.AttrTypes))
			continue
		}
		if enabled.IsNull() {
			enabled = types.BoolValue(true)
		}
		elements = append(elements, user(id, enabled))
	}
	planned, diags := types.SetValue(userType, elements)
	resp.Diagnostics.Append(diags...)
	resp.PlanValue = planned
}

// validate finds the user who is named twice. Terraform itself drops equal
// elements of a set; these differ in enabled.
func validate(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) {
	var users types.Set
	if diags.Append(config.GetAttribute(ctx, path.Root("users"), &users)...); diags.HasError() {
		return
	}
	seen := map[string]bool{}
	for _, element := range users.Elements() {
		id, _, err := parts(element)
		if err != nil || id.IsNull() || id.IsUnknown() {
			continue
		}
		if name := id.ValueString(); seen[name] {
			diags.AddAttributeError(path.Root("users"), "A user is named twice",
				fmt.Sprintf("users holds %q more than once, with and without enabled or with both its values. Keep one of them.", name))
		} else {
			seen[name] = true
		}
	}
}
