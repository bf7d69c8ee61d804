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

// enabledByDefault plans enabled = true for whom the configuration does not say.
type enabledByDefault struct{}

// Description implements planmodifier.Describer.
func (enabledByDefault) Description(context.Context) string { return "the default of enabled is true" }

// MarkdownDescription implements planmodifier.Describer.
func (m enabledByDefault) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

// PlanModifyList implements planmodifier.List.
func (enabledByDefault) PlanModifyList(_ context.Context, req planmodifier.ListRequest, resp *planmodifier.ListResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	elements := make([]attr.Value, 0, len(req.ConfigValue.Elements()))
	for _, element := range req.ConfigValue.Elements() {
		id, enabled, err := parts(element)
		if err != nil {
			resp.Diagnostics.AddAttributeError(req.Path, "Cannot plan users", err.Error())
			return
		}
		switch {
		case element.IsUnknown():
			elements = append(elements, element)
		case enabled.IsNull():
			elements = append(elements, user(id, types.BoolValue(true)))
		default:
			elements = append(elements, user(id, enabled))
		}
	}
	planned, diags := types.ListValue(userType, elements)
	resp.Diagnostics.Append(diags...)
	resp.PlanValue = planned
}

// ValidateConfig finds the user who has no id and the one who is named twice.
// Terraform itself drops equal elements of a set; these differ in enabled.
func (listResource) ValidateConfig(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) {
	var users types.List
	at := path.Root(attributeUsers)
	if diags.Append(config.GetAttribute(ctx, at, &users)...); diags.HasError() {
		return
	}
	seen := map[string]bool{}
	for _, element := range users.Elements() {
		id, _, err := parts(element)
		if err != nil || element.IsUnknown() || id.IsUnknown() {
			continue
		}
		name := id.ValueString()
		switch {
		case element.IsNull() || name == "":
			diags.AddAttributeError(at, "Missing user_id", "Each element of users needs a user_id, the id of an atm_user.")
		case seen[name]:
			diags.AddAttributeError(at, "Duplicate user",
				fmt.Sprintf("users contains %q more than once, with different values of enabled. Keep one of them.", name))
		}
		seen[name] = true
	}
}
