package framework

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Get and Set are what tfsdk's State.Get and State.Set are, at a fifth of the
// time, which with a thousand objects is felt: the framework looks a model's
// tags up anew at each call, and compiles a regular expression for each of
// them. Here a model's tags are read once per process.

// Schema is the schema that a value belongs to.
type Schema interface {
	Type() attr.Type
}

// Get fills a model, a struct whose fields, and those of structs embedded in it,
// have tfsdk tags for all attributes of the schema. A model belongs to one schema.
func Get[M any](ctx context.Context, raw tftypes.Value, of Schema, into *M) diag.Diagnostics {
	fields, err := fieldsOf[M](ctx, of)
	if err != nil {
		return unfit[M](err)
	}
	if raw.IsNull() {
		return unfit[M](errors.New("there is no object"))
	}
	var values map[string]tftypes.Value
	if err := raw.As(&values); err != nil {
		return unfit[M](err)
	}
	model := reflect.ValueOf(into).Elem()
	for _, f := range fields {
		value, err := f.of.ValueFromTerraform(ctx, values[f.name])
		if err != nil {
			return unfit[M](fmt.Errorf("%s: %w", f.name, err))
		}
		model.FieldByIndex(f.index).Set(reflect.ValueOf(value))
	}
	return nil
}

// Set makes a value of the schema of a model. What is null becomes the default
// of the resource's schema: nothing but that sets, after an import, what only
// Terraform knows.
func Set[M any](ctx context.Context, into *tftypes.Value, of Schema, model *M) diag.Diagnostics {
	fields, err := fieldsOf[M](ctx, of)
	if err != nil {
		return unfit[M](err)
	}
	kinds, values := make(map[string]tftypes.Type, len(fields)), make(map[string]tftypes.Value, len(fields))
	from := reflect.ValueOf(model).Elem()
	for _, f := range fields {
		value, diags := f.wire(ctx, from.FieldByIndex(f.index).Interface().(attr.Value))
		if diags.HasError() {
			return diags
		}
		kinds[f.name], values[f.name] = f.kind, value
	}
	*into = tftypes.NewValue(tftypes.Object{AttributeTypes: kinds}, values)
	return nil
}

// field is one field of a model. It holds the framework's own kind of value,
// which may be unknown where a struct could not.
type field struct {
	name  string
	index []int
	of    attr.Type
	kind  tftypes.Type
	// byDefault is the schema's default, nil where it has none.
	byDefault attr.Value
}

// wire is the field's value as Terraform has it.
func (f *field) wire(ctx context.Context, value attr.Value) (tftypes.Value, diag.Diagnostics) {
	if value.IsNull() && f.byDefault != nil {
		value = f.byDefault
	}
	switch {
	// The zero value of a collection is null and does not know its type.
	case value.IsNull():
		return tftypes.NewValue(f.kind, nil), nil
	case value.IsUnknown():
		return tftypes.NewValue(f.kind, tftypes.UnknownValue), nil
	}
	raw, err := value.ToTerraformValue(ctx)
	if err == nil && !raw.Type().Equal(f.kind) {
		err = fmt.Errorf("it is of type %s, the schema has %s", raw.Type(), f.kind)
	}
	if err != nil {
		return raw, diag.Diagnostics{diag.NewErrorDiagnostic("A value does not fit the schema",
			fmt.Sprintf("%s: %v. This is a fault of the provider.", f.name, err))}
	}
	return raw, nil
}

func unfit[M any](err error) diag.Diagnostics {
	return diag.Diagnostics{diag.NewErrorDiagnostic("A value does not fit its model",
		fmt.Sprintf("%T: %v. This is a fault of the provider.", *new(M), err))}
}

var models sync.Map // of a model's type to its fields

// fieldsOf reads a model's tags, once.
func fieldsOf[M any](ctx context.Context, of Schema) ([]field, error) {
	model := reflect.TypeFor[M]()
	if fields, ok := models.Load(model); ok {
		return fields.([]field), nil
	}
	object, ok := of.Type().(attr.TypeWithAttributeTypes)
	if !ok {
		return nil, fmt.Errorf("the schema is of type %T", of.Type())
	}
	types := object.AttributeTypes()
	var fields []field
	for _, in := range reflect.VisibleFields(model) {
		if in.Anonymous {
			continue
		}
		f, err := fieldOf(ctx, in, types)
		if err != nil {
			return nil, err
		}
		f.byDefault = defaultOf(ctx, of, f.name)
		fields = append(fields, f)
	}
	if len(fields) != len(types) {
		return nil, fmt.Errorf("it has %d fields, and the schema %d attributes", len(fields), len(types))
	}
	models.Store(model, fields)
	return fields, nil
}

func fieldOf(ctx context.Context, in reflect.StructField, types map[string]attr.Type) (field, error) {
	f := field{name: in.Tag.Get("tfsdk"), index: in.Index}
	if f.of = types[f.name]; f.of == nil {
		return f, fmt.Errorf("field %s: the schema has no attribute %q", in.Name, f.name)
	}
	f.kind = f.of.TerraformType(ctx)
	if want := reflect.TypeOf(f.of.ValueType(ctx)); in.Type != want {
		return f, fmt.Errorf("field %s is a %s, and the attribute a %s", in.Name, in.Type, want)
	}
	return f, nil
}

// defaultOf is the default of a text or a flag of a resource, nil without one.
// Other attributes with a default are ATM's, which always has a value for them.
func defaultOf(ctx context.Context, of Schema, name string) attr.Value {
	attributes, _ := of.(schema.Schema)
	switch a := attributes.Attributes[name].(type) {
	case schema.StringAttribute:
		if a.Default != nil {
			var resp defaults.StringResponse
			a.Default.DefaultString(ctx, defaults.StringRequest{}, &resp)
			return resp.PlanValue
		}
	case schema.BoolAttribute:
		if a.Default != nil {
			var resp defaults.BoolResponse
			a.Default.DefaultBool(ctx, defaults.BoolRequest{}, &resp)
			return resp.PlanValue
		}
	}
	return nil
}
