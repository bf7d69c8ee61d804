package framework

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ListDoc describes a list resource: what it lists, as in "suites", as what a
// query displays it, as in "their names", and further paragraphs.
func ListDoc(lists, as string, more ...string) string {
	return Page("Lists "+lists+" for `terraform query`, which can write their import blocks and configuration.", RoleReads, "nothing.", append([]string{
		"Needs Terraform 1.14 or newer. The results are those that the provider's user can see and that match all filters, in the order of their creation, displayed as " + as + "." +
			" Terraform returns the first 100, or as many as the block's `limit` allows."}, more...)...)
}

// ListText is a filter of a list resource by a text.
func ListText(doc string, validators ...validator.String) schema.Attribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: doc + " Default: all.", Validators: validators}
}

// ListName is a filter of a list resource by name.
func ListName(doc string) schema.Attribute {
	return ListText(doc+" ATM compares the complete name (1–100 characters), case-sensitively.", nameValidators()...)
}

// ListID is a filter of a list resource by the id of what the objects are in.
func ListID(what, doc string) schema.Attribute {
	return ListText(doc, anID(what))
}

// ListIDs is a filter of a list resource by any of several ids, whose order
// means nothing (the framework has no sets there). An empty list selects none,
// as a collection that comes from a data source may be empty.
func ListIDs(what, doc string) schema.Attribute {
	return schema.ListAttribute{
		Optional: true, ElementType: types.StringType,
		MarkdownDescription: doc + " The list takes any number of ids; an empty list selects none. Default: all.",
		Validators:          []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(anID(what))},
	}
}

// anID refuses, above all, a name in an id's place: ATM would return an empty
// list.
func anID(what string) validator.String {
	return stringvalidator.RegexMatches(idShape, "must be the id of "+what+", not its name: 1 to 64 letters, digits, - and _")
}
