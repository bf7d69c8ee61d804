package framework

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
)

// Spec is what one resource adds to the frame. M is its Terraform model, a struct
// with tfsdk tags.
type Spec[M any] struct {
	// Type is the Terraform type without the provider's name, as in "suite".
	Type string
	// Schema is built once per process, on first use.
	Schema func() schema.Schema
	// Identity lists the attributes that identify the object, which never
	// change: "id" unless given.
	Identity []string
	// ImportForms tells a user what an import id may be.
	ImportForms string
	// Replace lists the attributes that ATM cannot change in place, besides
	// those of Identity.
	Replace []string

	// ImportHint is optional: what else an import needs, for the error that hands
	// over an import block.
	ImportHint string
	// Scope is where the object is, by its state.
	Scope func(state *M) Scope

	// Create makes the object under op.Key and fills the plan's model from
	// ATM's answer, and op.Etag. If it fails half way it sets op.Partial and
	// leaves in the plan's model what ATM holds then.
	Create func(ctx context.Context, op *Op, plan *M) error
	// Read fills the model, which holds the identity at least, and op.Etag.
	Read func(ctx context.Context, op *Op, state *M) error
	// Update changes the object that is as op.Etag says, and fills the plan's
	// model and op.Etag. If it fails half way it leaves in state what ATM
	// holds then.
	Update func(ctx context.Context, op *Op, plan, state *M) error
	// Resolved is optional: it follows the query for what a create with unknown
	// outcome did. made reports whether ATM did what was asked for under the key;
	// the result is whether there is an object. Without it, that is made.
	Resolved func(ctx context.Context, op *Op, made bool) (bool, error)
	// Delete deletes the object that is as op.Etag says ("" after a create with
	// unknown outcome). A 404 of the object's is returned as it is.
	// If it fails half way it leaves in state what ATM holds then.
	Delete func(ctx context.Context, op *Op, state *M) error
	// ResolveImportID resolves an import id to the values of Identity.
	ResolveImportID func(ctx context.Context, client *atm.Client, id string) (map[string]string, error)
	// ModifyPlan is optional; it is not called for a destroy.
	ModifyPlan func(ctx context.Context, conn *Connection, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse)
	// Validate is optional: what the configuration alone tells to be wrong.
	Validate func(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics)
}

const attributeID = "id"

// Op is one operation on one object.
type Op struct {
	Client *atm.Client
	// Key is the Idempotency-Key of a create.
	Key string
	// Etag is the object's as last read; the operation leaves the new one.
	Etag string
	// Imported is true in the Read that follows an import.
	Imported bool
	// Recovered is true in the Read or Delete that found what a create with
	// unknown outcome made, which Terraform then replaces or destroys.
	Recovered bool
	// Partial is set by a Create that failed after ATM had made a part of the
	// object, or may have. Terraform keeps it as tainted.
	Partial bool
	// Unfinished is true in a Delete without private state, as Terraform's is of a
	// tainted object that it replaces.
	Unfinished bool
	// Changes is what Read found changed outside Terraform in something that the
	// model does not show, such as "the client secret".
	Changes []string
	// Diags takes warnings; errors are returned.
	Diags *diag.Diagnostics
	// Private is the object's private state. A create has none to read.
	Private PrivateState

	now        func() time.Time
	config     tfsdk.Config
	importedBy importForm
}

// Now is the provider's clock.
func (op *Op) Now() time.Time { return op.now() }

// WriteOnly reads a write-only value, which only the configuration holds; an
// older CLI sends null. With a version there has to be one: what was unknown at
// plan may turn out null, and validation has not seen it.
func (op *Op) WriteOnly(ctx context.Context, attribute string, version types.Int64) (types.String, error) {
	var value types.String
	op.Diags.Append(op.config.GetAttribute(ctx, path.Root(attribute), &value)...)
	if value.IsNull() && !version.IsNull() {
		return value, &nullValueError{attribute}
	}
	return value, nil
}

// ValidateWriteOnly finds, at plan time, a write-only value without its version
// (the attribute's name and _version) or a version without its value, and
// returns the value. what is what the value sets, as in "a password".
func ValidateWriteOnly(ctx context.Context, config tfsdk.Config, attribute, what string, diags *diag.Diagnostics) types.String {
	var (
		value   types.String
		version types.Int64
		counter = attribute + "_version"
	)
	diags.Append(config.GetAttribute(ctx, path.Root(attribute), &value)...)
	diags.Append(config.GetAttribute(ctx, path.Root(counter), &version)...)
	switch {
	case value.IsNull() && !version.IsNull():
		diags.AddAttributeError(path.Root(attribute), "Missing "+attribute,
			fmt.Sprintf("%s is set, but %s is missing. Set %s, or remove the version.", counter, what, attribute))
	case !value.IsNull() && version.IsNull():
		diags.AddAttributeError(path.Root(counter), "Missing "+counter,
			fmt.Sprintf("Terraform does not store %s, so the provider sets it again only when its version changes. Add, for example, %s = 1.", attribute, counter))
	}
	return value
}

// Resource is the frame: it implements everything that Terraform asks of a
// resource around a [Spec].
type Resource[M any] struct {
	Base
	Spec Spec[M]
}

// New returns a constructor for the provider's list.
func New[M any](spec Spec[M]) func() resource.Resource {
	if len(spec.Identity) == 0 {
		spec.Identity = []string{attributeID}
	}
	return func() resource.Resource { return &Resource[M]{Spec: spec} }
}

// Metadata implements resource.Resource.
func (r *Resource[M]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.Spec.Type
}

// Schema implements resource.Resource.
func (r *Resource[M]) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.Spec.Schema()
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *Resource[M]) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	attributes := map[string]identityschema.Attribute{}
	for _, name := range r.Spec.Identity {
		attributes[name] = identityschema.StringAttribute{RequiredForImport: true}
	}
	resp.IdentitySchema = identityschema.Schema{Attributes: attributes}
}

// ValidateConfig implements resource.ResourceWithValidateConfig.
func (r *Resource[M]) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	if r.Spec.Validate != nil {
		r.Spec.Validate(ctx, req.Config, &resp.Diagnostics)
	}
}

// Configure implements resource.ResourceWithConfigure.
func (r *Resource[M]) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.Use(req.ProviderData, &resp.Diagnostics)
}

func (r *Resource[M]) typeName() string { return "atm_" + r.Spec.Type }

func (r *Resource[M]) op(client *atm.Client, private PrivateState, diags *diag.Diagnostics) *Op {
	return &Op{Client: client, Private: private, Diags: diags, now: r.Now}
}
