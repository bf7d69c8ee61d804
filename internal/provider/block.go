package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// block contains the settings of the provider block: a value for each that is
// not null.
type block map[string]attr.Value

func readBlock(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) block {
	b := block{}
	for _, s := range settings {
		value := s.target()
		diags.Append(config.GetAttribute(ctx, path.Root(s.name), &value)...)
		if value != nil && !value.IsNull() {
			b[s.name] = value
		}
	}
	return b
}

// check reports each setting whose text is wrong without regard to the others.
func (b block) check(diags *diag.Diagnostics) {
	for _, s := range settings {
		text, ok := b[s.name].(types.String)
		if !ok || text.IsUnknown() {
			continue
		}
		if err := s.checkBlock(text.ValueString()); err != nil {
			diags.AddAttributeError(path.Root(s.name), "Invalid provider setting "+s.name, sentence(s.name, err))
		}
	}
}

// names lists the settings of the block for which pick is true, in the order
// of the schema.
func (b block) names(pick func(setting) bool) []string {
	var names []string
	for _, s := range settings {
		if _, set := b[s.name]; set && pick(s) {
			names = append(names, s.name)
		}
	}
	return names
}

// conflicts reports two sign-in methods, and two settings with the same meaning.
func (b block) conflicts(diags *diag.Diagnostics) {
	byToken := b.names(func(s setting) bool { return s.method == byToken })
	bySignIn := b.names(func(s setting) bool { return s.method == bySignIn })
	if len(byToken) > 0 && len(bySignIn) > 0 {
		diags.AddAttributeError(path.Root(bySignIn[0]), "Two sign-in methods",
			fmt.Sprintf("%s configures a ready access token, and %s a sign-in. Keep one of the two.", join(byToken), join(bySignIn)))
	}
	for _, group := range groups() {
		if both := b.names(func(s setting) bool { return s.group == group }); len(both) > 1 {
			summary, why := twice(group)
			diags.AddAttributeError(path.Root(both[1]), summary, fmt.Sprintf("%s %s. Keep one of them.", join(both), why))
		}
	}
}

// twice says what is wrong with two settings of a group.
func twice(group string) (summary, why string) {
	if group == authentication {
		return "Two ways to authenticate", "each authenticate the application of the sign-in"
	}
	return "Two values for one setting", "have the same meaning"
}

// groups lists the groups of settings in the order of the schema.
func groups() []string {
	var names []string
	seen := map[string]bool{"": true}
	for _, s := range settings {
		if !seen[s.group] {
			seen[s.group] = true
			names = append(names, s.group)
		}
	}
	return names
}

func join(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
