package framework

import (
	"context"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// ID is the computed id of an object of ATM's.
func ID(what string) schema.Attribute {
	return schema.StringAttribute{
		Computed:            true,
		MarkdownDescription: "The id of the " + what + ", which ATM generates: 21 letters, digits, `-` and `_`.",
		PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}

// ComposedID is the computed id of an object that ATM has no id for, as tools
// around Terraform ask for (Crossplane, Pulumi). It never changes.
func ComposedID(doc string) schema.Attribute {
	return schema.StringAttribute{
		Computed: true, MarkdownDescription: doc, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}

// Name is the required name of an object.
func Name(unique string) schema.Attribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "The name (1–100 characters). " + unique + " ATM compares names case-sensitively. It refuses `/`, control and format characters, and white space at either end.",
		Validators:          nameValidators(),
	}
}

func nameValidators() []validator.String {
	return []validator.String{ValidText(validation.Name)}
}

// Parent is the id of what an object is in; the object is replaced when that
// changes if replace is true.
func Parent(doc string, replace bool) schema.Attribute {
	attribute := schema.StringAttribute{
		Required:            true,
		MarkdownDescription: doc,
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
	}
	if replace {
		attribute.PlanModifiers = []planmodifier.String{stringplanmodifier.RequiresReplace()}
	}
	return attribute
}

var idShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// LooksLikeID reports whether an import id may be the id of an object.
func LooksLikeID(id string) bool { return idShape.MatchString(id) }

// Strings returns the elements of a known set of strings, none of which is null:
// setvalidator.NoNullValues has seen to that.
func Strings(ctx context.Context, set types.Set) []string {
	out := []string{}
	set.ElementsAs(ctx, &out, false)
	return out
}

// KeepSet returns the set that Terraform has if ATM's response is the same in
// the spelling of same, so that what ATM normalises is no change.
func KeepSet(ctx context.Context, have types.Set, current []string, same func(string) string) types.Set {
	fresh, _ := types.SetValueFrom(ctx, types.StringType, current)
	if have.IsNull() || have.IsUnknown() {
		return fresh
	}
	spell := func(list []string) []string {
		out := make([]string, 0, len(list))
		for _, text := range list {
			out = append(out, same(text))
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	if slices.Equal(spell(Strings(ctx, have)), spell(current)) {
		return have
	}
	return fresh
}
