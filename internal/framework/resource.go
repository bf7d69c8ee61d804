package framework

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// Resource is what the package of one resource implements. M is its Terraform
// model, a struct with tfsdk tags.
type Resource[M any] interface {
	// Schema is called once per process, on first use.
	Schema() schema.Schema
	// Scope is where the object is, by its state.
	Scope(state *M) Scope
	// Create makes the object under the key, fills the plan's model from ATM's
	// response, and returns the etag. If it fails half way it sets Partial and
	// leaves in the plan's model what ATM holds then.
	Create(ctx context.Context, req *CreateRequest[M]) (etag string, err error)
	// Read fills the model, which holds the identity at least, and returns the
	// etag. A 404 of the object's is returned as it is.
	Read(ctx context.Context, req *ReadRequest[M]) (etag string, err error)
	// Update changes the object that is as the request's etag says, fills the
	// plan's model, and returns the new etag; "" leaves it as it is. If it fails
	// half way it leaves in the state's model what ATM holds then, and returns
	// the etag of that beside the error.
	Update(ctx context.Context, req *UpdateRequest[M]) (etag string, err error)
	// Delete deletes the object that is as the request's etag says. A 404 of the
	// object's is returned as it is. If it fails half way it leaves in the
	// state's model what ATM holds then.
	Delete(ctx context.Context, req *DeleteRequest[M]) error
	// ResolveImportID resolves an import id to the values of the identity.
	ResolveImportID(ctx context.Context, client *atm.Client, id string) (map[string]string, error)
}

// ResourceWithModifyPlan is a resource with a rule for plans; it is not asked
// for a destroy.
type ResourceWithModifyPlan[M any] interface {
	Resource[M]
	ModifyPlan(ctx context.Context, req *PlanRequest[M])
}

// ResourceWithValidateConfig is a resource that finds errors in its
// configuration without a request to ATM.
type ResourceWithValidateConfig[M any] interface {
	Resource[M]
	ValidateConfig(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics)
}

// ResourceWithResolveCreate is a resource of which the query for what a create
// with unknown outcome did does not tell all. made reports whether ATM did what
// was asked for under the key; the result is whether there is an object.
type ResourceWithResolveCreate[M any] interface {
	Resource[M]
	ResolveCreate(ctx context.Context, req *Request, made bool) (exists bool, err error)
}

// Definition is what is fixed about one resource.
type Definition struct {
	// Type is the Terraform type without the provider's name, as in "suite".
	Type string
	// Identity lists the attributes that identify the object, which never
	// change: default "id".
	Identity []string
	// ImportForms tells a user what an import id may be.
	ImportForms string
	// ImportHint is optional: what else an import needs, for the error that hands
	// over an import block.
	ImportHint string
}

const attributeID = "id"

// NewResource returns a constructor for the provider's list.
func NewResource[M any](definition Definition, own Resource[M]) func() resource.Resource {
	if len(definition.Identity) == 0 {
		definition.Identity = []string{attributeID}
	}
	of := sync.OnceValue(own.Schema)
	return func() resource.Resource { return &managed[M]{Definition: definition, own: own, schema: of} }
}

// managed implements everything that Terraform asks of a managed resource, and
// calls the resource's own operations.
type managed[M any] struct {
	Base
	Definition
	own    Resource[M]
	schema func() schema.Schema
}

var (
	_ resource.ResourceWithConfigure      = (*managed[struct{}])(nil)
	_ resource.ResourceWithIdentity       = (*managed[struct{}])(nil)
	_ resource.ResourceWithImportState    = (*managed[struct{}])(nil)
	_ resource.ResourceWithModifyPlan     = (*managed[struct{}])(nil)
	_ resource.ResourceWithValidateConfig = (*managed[struct{}])(nil)
)

// Metadata implements resource.Resource.
func (r *managed[M]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.Type
}

// Schema implements resource.Resource.
func (r *managed[M]) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.schema()
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *managed[M]) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	attributes := map[string]identityschema.Attribute{}
	of := r.schema().Attributes
	for _, name := range r.Identity {
		attributes[name] = identityschema.StringAttribute{RequiredForImport: true, Description: of[name].GetMarkdownDescription()}
	}
	resp.IdentitySchema = identityschema.Schema{Attributes: attributes}
}

// ValidateConfig implements resource.ResourceWithValidateConfig.
func (r *managed[M]) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	if validator, ok := r.own.(ResourceWithValidateConfig[M]); ok {
		validator.ValidateConfig(ctx, req.Config, &resp.Diagnostics)
	}
}

// Configure implements resource.ResourceWithConfigure.
func (r *managed[M]) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.Use(req.ProviderData, &resp.Diagnostics)
}

func (r *managed[M]) typeName() string { return "atm_" + r.Type }
