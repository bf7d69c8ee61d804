package framework

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// Lookup is what a data source that reads objects implements. M is its Terraform
// model, a struct with tfsdk tags. A data source always asks ATM afresh.
type Lookup[M any] interface {
	// Schema is called once per process, on first use.
	Schema() schema.Schema
	// Read fills the model, which holds the arguments.
	Read(ctx context.Context, client *atm.Client, model *M) error
}

// NewLookup returns a constructor for the provider's list. kind is the Terraform
// type without the provider's name, as in "suites", and keys are the arguments
// of which one names the object; none where the data source reads many.
func NewLookup[M any](kind string, own Lookup[M], keys ...string) func() datasource.DataSource {
	of := sync.OnceValue(own.Schema)
	return func() datasource.DataSource { return &lookup[M]{kind: kind, own: own, keys: keys, schema: of} }
}

type lookup[M any] struct {
	DataSource
	kind   string
	own    Lookup[M]
	keys   []string
	schema func() schema.Schema
}

var _ datasource.DataSourceWithConfigure = (*lookup[struct{}])(nil)

// Metadata implements datasource.DataSource.
func (l *lookup[M]) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + l.kind
}

// Schema implements datasource.DataSource.
func (l *lookup[M]) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = l.schema()
}

// Read implements datasource.DataSource.
func (l *lookup[M]) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	client, ok := l.ClientToRead(ctx, req, resp)
	if !ok {
		return
	}
	var model M
	if resp.Diagnostics.Append(req.Config.Get(ctx, &model)...); resp.Diagnostics.HasError() {
		return
	}
	limited, cancel := context.WithTimeoutCause(ctx, defaultRead, fmt.Errorf("the read took longer than %s", defaultRead))
	defer cancel()
	err := l.own.Read(limited, client, &model)
	var none *atm.NoSuchError
	switch {
	case err == nil:
		resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	case errors.As(err, &none) || len(l.keys) > 0 && atm.IsNotFound(err):
		key, value := l.given(ctx, req)
		resp.Diagnostics.AddAttributeError(path.Root(key), "No such "+strings.ReplaceAll(l.kind, "_", " "),
			fmt.Sprintf("ATM has none with %s = %q, or the provider's user cannot see it. Check the spelling, and make sure that the object is created first, by a reference to an attribute of its resource.\n\n%v", key, value, err))
	default:
		Explain(err, "data.atm_"+l.kind, in(l.schema().Attributes), &resp.Diagnostics)
	}
}

// given returns the argument that names the object.
func (l *lookup[M]) given(ctx context.Context, req datasource.ReadRequest) (name, value string) {
	for _, key := range l.keys {
		var text types.String
		if diags := req.Config.GetAttribute(ctx, path.Root(key), &text); !diags.HasError() && !text.IsNull() {
			return key, text.ValueString()
		}
	}
	return "id", ""
}

// LookupKey is an argument that names one object, of which exactly one is
// given: this one or one of the others.
func LookupKey(doc string, others ...string) schema.Attribute {
	attribute := schema.StringAttribute{Optional: true, Computed: true, MarkdownDescription: doc}
	attribute.Validators = []validator.String{stringvalidator.LengthAtLeast(1)}
	for _, other := range others {
		attribute.Validators = append(attribute.Validators, stringvalidator.ExactlyOneOf(path.MatchRoot(other)))
	}
	return attribute
}

// LookupPath is an argument that names one object by the names of what it is
// in and its own, as in SUITE/PROJECT; the other way is its id.
func LookupPath(form string) schema.Attribute {
	shape := regexp.MustCompile(`^[^/]+` + strings.Repeat(`/[^/]+`, strings.Count(form, "/")) + `$`)
	return schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: "The path: the names `" + form + "`, as in an import. Give this or `id`.",
		Validators:          []validator.String{stringvalidator.RegexMatches(shape, "must be "+form)},
	}
}

// Filter is an argument that narrows what a data source of many reads.
func Filter(doc string, validators ...validator.String) schema.Attribute {
	return schema.StringAttribute{
		Optional: true, MarkdownDescription: doc + " Default: all.",
		Validators: append(validators, stringvalidator.LengthAtLeast(1)),
	}
}

// IDsFilter is an argument that narrows what a data source of many reads to
// objects by their ids.
func IDsFilter(what string) schema.Attribute {
	return schema.SetAttribute{
		Optional: true, ElementType: types.StringType,
		MarkdownDescription: "Only " + what + " with these ids. The set takes any number of ids. The data source leaves out ids that do not exist, and an empty set selects none. Default: all.",
		Validators:          []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))},
	}
}

// ComputedString is a text that a data source returns.
func ComputedString(doc string) schema.Attribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: doc}
}

// OptionalIDs is a filter by ids; nil where it is not given. An empty set is given.
func OptionalIDs(ids []string) *[]string {
	if ids == nil {
		return nil
	}
	return &ids
}
