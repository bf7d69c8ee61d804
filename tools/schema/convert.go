package main

import (
	"reflect"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// object is a JSON object of Terraform's schema representation
// (developer.hashicorp.com/terraform/cli/commands/providers/schema).
type object map[string]any

// compact leaves out what Terraform leaves out: false, 0, "", empty and nil.
func compact(in object) object {
	for name, value := range in {
		v := reflect.ValueOf(value)
		if !v.IsValid() || v.IsZero() || (v.Kind() == reflect.Map || v.Kind() == reflect.Slice) && v.Len() == 0 {
			delete(in, name)
		}
	}
	return in
}

func convert(in *tfprotov6.GetProviderSchemaResponse, identities *tfprotov6.GetResourceIdentitySchemasResponse) object {
	return compact(object{
		"provider":                   schema(in.Provider),
		"resource_schemas":           each(in.ResourceSchemas, schema),
		"data_source_schemas":        each(in.DataSourceSchemas, schema),
		"ephemeral_resource_schemas": each(in.EphemeralResourceSchemas, schema),
		"list_resource_schemas":      each(in.ListResourceSchemas, schema),
		"action_schemas": each(in.ActionSchemas, func(a *tfprotov6.ActionSchema) object {
			return object{"block": block(a.Schema.Block)}
		}),
		"functions":                 each(in.Functions, function),
		"resource_identity_schemas": each(identities.IdentitySchemas, identity),
	})
}

func each[T any](in map[string]T, convert func(T) object) object {
	out := object{}
	for name, value := range in {
		out[name] = convert(value)
	}
	return out
}

func schema(in *tfprotov6.Schema) object {
	return object{"version": in.Version, "block": block(in.Block)}
}

func block(in *tfprotov6.SchemaBlock) object {
	blocks := object{}
	for _, nested := range in.BlockTypes {
		blocks[nested.TypeName] = compact(object{
			"nesting_mode": strings.ToLower(nested.Nesting.String()), "block": block(nested.Block),
			"min_items": nested.MinItems, "max_items": nested.MaxItems,
		})
	}
	return compact(object{
		"attributes": attributes(in.Attributes), "block_types": blocks,
		"description": in.Description, "description_kind": kind(in.DescriptionKind), "deprecated": in.Deprecated,
	})
}

func attributes(in []*tfprotov6.SchemaAttribute) object {
	out := object{}
	for _, a := range in {
		converted := object{
			"description": a.Description, "description_kind": kind(a.DescriptionKind), "deprecated": a.Deprecated,
			"required": a.Required, "optional": a.Optional, "computed": a.Computed,
			"sensitive": a.Sensitive, "write_only": a.WriteOnly,
		}
		if a.NestedType != nil {
			converted["nested_type"] = object{
				"attributes": attributes(a.NestedType.Attributes), "nesting_mode": strings.ToLower(a.NestedType.Nesting.String()),
			}
		} else {
			converted["type"] = a.Type
		}
		out[a.Name] = compact(converted)
	}
	return out
}

func kind(in tfprotov6.StringKind) string {
	if in == tfprotov6.StringKindMarkdown {
		return "markdown"
	}
	return "plain"
}

func identity(in *tfprotov6.ResourceIdentitySchema) object {
	out := object{}
	for _, a := range in.IdentityAttributes {
		out[a.Name] = compact(object{
			"type": a.Type, "description": a.Description,
			"required_for_import": a.RequiredForImport, "optional_for_import": a.OptionalForImport,
		})
	}
	return object{"version": in.Version, "attributes": out}
}

func function(in *tfprotov6.Function) object {
	var parameters []object
	for _, p := range in.Parameters {
		parameters = append(parameters, parameter(p))
	}
	out := object{
		"description": in.Description, "summary": in.Summary, "deprecation_message": in.DeprecationMessage,
		"return_type": in.Return.Type, "parameters": parameters,
	}
	if in.VariadicParameter != nil {
		out["variadic_parameter"] = parameter(in.VariadicParameter)
	}
	return compact(out)
}

func parameter(in *tfprotov6.FunctionParameter) object {
	return compact(object{"name": in.Name, "description": in.Description, "type": in.Type, "is_nullable": in.AllowNullValue})
}
