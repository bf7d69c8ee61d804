package main

import (
	"encoding/json"
	"fmt"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

func convertSchema(in *tfprotov6.Schema) (*tfjson.Schema, error) {
	if in == nil {
		return nil, nil
	}
	block, err := convertBlock(in.Block)
	if err != nil {
		return nil, err
	}
	return &tfjson.Schema{Version: uint64(in.Version), Block: block}, nil
}

func convertAction(in *tfprotov6.ActionSchema) (*tfjson.ActionSchema, error) {
	block, err := convertBlock(in.Schema.Block)
	if err != nil {
		return nil, err
	}
	return &tfjson.ActionSchema{Block: block}, nil
}

func convertBlock(in *tfprotov6.SchemaBlock) (*tfjson.SchemaBlock, error) {
	if in == nil {
		return nil, nil
	}
	attributes, err := convertAttributes(in.Attributes)
	if err != nil {
		return nil, err
	}
	var nested map[string]*tfjson.SchemaBlockType
	for _, block := range in.BlockTypes {
		converted, err := convertNestedBlock(block)
		if err != nil {
			return nil, fmt.Errorf("block %s: %w", block.TypeName, err)
		}
		if nested == nil {
			nested = make(map[string]*tfjson.SchemaBlockType, len(in.BlockTypes))
		}
		nested[block.TypeName] = converted
	}
	return &tfjson.SchemaBlock{
		Attributes:      attributes,
		NestedBlocks:    nested,
		Description:     in.Description,
		DescriptionKind: convertKind(in.DescriptionKind),
		Deprecated:      in.Deprecated,
	}, nil
}

var blockNesting = map[tfprotov6.SchemaNestedBlockNestingMode]tfjson.SchemaNestingMode{
	tfprotov6.SchemaNestedBlockNestingModeSingle: tfjson.SchemaNestingModeSingle,
	tfprotov6.SchemaNestedBlockNestingModeGroup:  tfjson.SchemaNestingModeGroup,
	tfprotov6.SchemaNestedBlockNestingModeList:   tfjson.SchemaNestingModeList,
	tfprotov6.SchemaNestedBlockNestingModeSet:    tfjson.SchemaNestingModeSet,
	tfprotov6.SchemaNestedBlockNestingModeMap:    tfjson.SchemaNestingModeMap,
}

func convertNestedBlock(in *tfprotov6.SchemaNestedBlock) (*tfjson.SchemaBlockType, error) {
	mode, ok := blockNesting[in.Nesting]
	if !ok {
		return nil, fmt.Errorf("unknown nesting mode %s", in.Nesting)
	}
	block, err := convertBlock(in.Block)
	if err != nil {
		return nil, err
	}
	return &tfjson.SchemaBlockType{
		NestingMode: mode,
		Block:       block,
		MinItems:    uint64(in.MinItems),
		MaxItems:    uint64(in.MaxItems),
	}, nil
}

func convertAttributes(in []*tfprotov6.SchemaAttribute) (map[string]*tfjson.SchemaAttribute, error) {
	if len(in) == 0 {
		return nil, nil
	}
	out := make(map[string]*tfjson.SchemaAttribute, len(in))
	for _, attribute := range in {
		converted, err := convertAttribute(attribute)
		if err != nil {
			return nil, fmt.Errorf("attribute %s: %w", attribute.Name, err)
		}
		out[attribute.Name] = converted
	}
	return out, nil
}

func convertAttribute(in *tfprotov6.SchemaAttribute) (*tfjson.SchemaAttribute, error) {
	out := &tfjson.SchemaAttribute{
		Description:     in.Description,
		DescriptionKind: convertKind(in.DescriptionKind),
		Deprecated:      in.Deprecated,
		Required:        in.Required,
		Optional:        in.Optional,
		Computed:        in.Computed,
		Sensitive:       in.Sensitive,
		WriteOnly:       in.WriteOnly,
	}
	var err error
	if in.NestedType != nil {
		out.AttributeNestedType, err = convertNestedAttribute(in.NestedType)
	} else {
		out.AttributeType, err = convertType(in.Type)
	}
	return out, err
}

var objectNesting = map[tfprotov6.SchemaObjectNestingMode]tfjson.SchemaNestingMode{
	tfprotov6.SchemaObjectNestingModeSingle: tfjson.SchemaNestingModeSingle,
	tfprotov6.SchemaObjectNestingModeList:   tfjson.SchemaNestingModeList,
	tfprotov6.SchemaObjectNestingModeSet:    tfjson.SchemaNestingModeSet,
	tfprotov6.SchemaObjectNestingModeMap:    tfjson.SchemaNestingModeMap,
}

func convertNestedAttribute(in *tfprotov6.SchemaObject) (*tfjson.SchemaNestedAttributeType, error) {
	mode, ok := objectNesting[in.Nesting]
	if !ok {
		return nil, fmt.Errorf("unknown nesting mode %s", in.Nesting)
	}
	attributes, err := convertAttributes(in.Attributes)
	if err != nil {
		return nil, err
	}
	return &tfjson.SchemaNestedAttributeType{Attributes: attributes, NestingMode: mode}, nil
}

func convertIdentity(in *tfprotov6.ResourceIdentitySchema) (*tfjson.IdentitySchema, error) {
	out := &tfjson.IdentitySchema{
		Version:    uint64(in.Version),
		Attributes: make(map[string]*tfjson.IdentityAttribute, len(in.IdentityAttributes)),
	}
	for _, attribute := range in.IdentityAttributes {
		converted, err := convertType(attribute.Type)
		if err != nil {
			return nil, fmt.Errorf("attribute %s: %w", attribute.Name, err)
		}
		out.Attributes[attribute.Name] = &tfjson.IdentityAttribute{
			IdentityType:      converted,
			Description:       attribute.Description,
			RequiredForImport: attribute.RequiredForImport,
			OptionalForImport: attribute.OptionalForImport,
		}
	}
	return out, nil
}

func convertFunction(in *tfprotov6.Function) (*tfjson.FunctionSignature, error) {
	returnType, err := convertType(in.Return.Type)
	if err != nil {
		return nil, fmt.Errorf("return type: %w", err)
	}
	out := &tfjson.FunctionSignature{
		Description:        in.Description,
		Summary:            in.Summary,
		DeprecationMessage: in.DeprecationMessage,
		ReturnType:         returnType,
	}
	for _, parameter := range in.Parameters {
		converted, err := convertParameter(parameter)
		if err != nil {
			return nil, err
		}
		out.Parameters = append(out.Parameters, converted)
	}
	if in.VariadicParameter != nil {
		if out.VariadicParameter, err = convertParameter(in.VariadicParameter); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func convertParameter(in *tfprotov6.FunctionParameter) (*tfjson.FunctionParameter, error) {
	converted, err := convertType(in.Type)
	if err != nil {
		return nil, fmt.Errorf("parameter %s: %w", in.Name, err)
	}
	return &tfjson.FunctionParameter{
		Name:        in.Name,
		Description: in.Description,
		IsNullable:  in.AllowNullValue,
		Type:        converted,
	}, nil
}

func convertKind(in tfprotov6.StringKind) tfjson.SchemaDescriptionKind {
	if in == tfprotov6.StringKindMarkdown {
		return tfjson.SchemaDescriptionKindMarkdown
	}
	return tfjson.SchemaDescriptionKindPlain
}

// convertType goes through JSON because that is the one form of a type that
// terraform-plugin-go and go-cty share.
func convertType(in tftypes.Type) (cty.Type, error) {
	encoded, err := json.Marshal(in)
	if err != nil {
		return cty.NilType, fmt.Errorf("encode type %s: %w", in, err)
	}
	out, err := ctyjson.UnmarshalType(encoded)
	if err != nil {
		return cty.NilType, fmt.Errorf("decode type %s: %w", encoded, err)
	}
	return out, nil
}
