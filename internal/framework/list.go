package framework

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// List is what a list resource, which `terraform query` asks (Terraform 1.14),
// implements. F is the model of its filters and M that of the resource, structs
// with tfsdk tags; T is an object of ATM's.
type List[F, M, T any] interface {
	// Schema holds the filters. It is called once per process, on first use.
	Schema() schema.Schema
	// Each reads what the filters select, as it is taken: at most as many as
	// most says, or all where it is 0.
	Each(ctx context.Context, client *atm.Client, filters *F, most int) iter.Seq2[*T, error]
	// Model is the object as the resource's Read leaves it after an import,
	// so that generated configuration plans clean; without any secret.
	Model(ctx context.Context, object *T) *M
	// DisplayName is what a person knows the object by.
	DisplayName(object *T) string
}

// NewList returns a constructor for the provider's list. kind is the resource's
// Terraform type without the provider's name, as in "suite".
func NewList[F, M, T any](kind string, own List[F, M, T]) func() list.ListResource {
	of := sync.OnceValue(own.Schema)
	return func() list.ListResource { return &lister[F, M, T]{kind: kind, own: own, schema: of} }
}

type lister[F, M, T any] struct {
	Base
	kind   string
	own    List[F, M, T]
	schema func() schema.Schema
}

var _ list.ListResourceWithConfigure = (*lister[struct{}, struct{}, struct{}])(nil)

// Metadata implements list.ListResource.
func (l *lister[F, M, T]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + l.kind
}

// ListResourceConfigSchema implements list.ListResource.
func (l *lister[F, M, T]) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = l.schema()
}

// Configure implements list.ListResourceWithConfigure.
func (l *lister[F, M, T]) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.Use(req.ProviderData, &resp.Diagnostics)
}

// List implements list.ListResource.
func (l *lister[F, M, T]) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var (
		diags   diag.Diagnostics
		filters F
	)
	client, ok := l.Client(&diags)
	if ok {
		readFilters(ctx, req.Config, &filters, &diags)
	}
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		// A query has no timeout of its own, so each wait for an object, which is one for a page at most, has that of a read.
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		page := time.AfterFunc(defaultRead, func() { cancel(fmt.Errorf("a page took longer than %s", defaultRead)) })
		defer page.Stop()
		for object, err := range l.own.Each(ctx, client, &filters, int(max(req.Limit, 0))) {
			page.Stop()
			if err != nil {
				push(l.failure(err))
				return
			}
			if !push(l.result(ctx, req, object)) {
				return
			}
			page.Reset(defaultRead)
		}
	}
}

// readFilters fills the model of the filters, each of which has to be known.
func readFilters[F any](ctx context.Context, config tfsdk.Config, into *F, diags *diag.Diagnostics) {
	var values map[string]tftypes.Value
	if config.Raw.IsNull() || config.Raw.As(&values) != nil {
		return
	}
	for name, value := range values {
		if !value.IsFullyKnown() {
			diags.AddAttributeError(path.Root(name), name+" is not known",
				"A query sends its requests at once, so the value of each filter must be known. Set "+name+" as a literal, a variable, or from another list's results.")
		}
	}
	if !diags.HasError() {
		diags.Append(config.Get(ctx, into)...)
	}
}

func (l *lister[F, M, T]) failure(err error) list.ListResult {
	var result list.ListResult
	Explain(err, "atm_"+l.kind, in(l.schema().Attributes), &result.Diagnostics)
	return result
}

func (l *lister[F, M, T]) result(ctx context.Context, req list.ListRequest, object *T) list.ListResult {
	result := list.ListResult{
		DisplayName: l.own.DisplayName(object),
		Resource:    &tfsdk.Resource{Schema: req.ResourceSchema},
		Identity:    &tfsdk.ResourceIdentity{Schema: req.ResourceIdentitySchema},
	}
	result.Diagnostics.Append(Set(ctx, &result.Resource.Raw, req.ResourceSchema, l.own.Model(ctx, object))...)
	if result.Diagnostics.HasError() {
		return result
	}
	kinds, identity := map[string]tftypes.Type{}, map[string]tftypes.Value{}
	var attributes map[string]tftypes.Value
	if err := result.Resource.Raw.As(&attributes); err != nil {
		result.Diagnostics.Append(unfit[M](err)...)
		return result
	}
	for name := range req.ResourceIdentitySchema.GetAttributes() {
		kinds[name], identity[name] = tftypes.String, attributes[name]
	}
	result.Identity.Raw = tftypes.NewValue(tftypes.Object{AttributeTypes: kinds}, identity)
	return result
}
