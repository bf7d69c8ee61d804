package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// fakeProvider offers one of each thing that a provider can offer.
type fakeProvider struct {
	tfprotov6.ProviderServer
	schema     *tfprotov6.GetProviderSchemaResponse
	identities *tfprotov6.GetResourceIdentitySchemasResponse
}

func (f fakeProvider) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return f.schema, nil
}

func (f fakeProvider) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return f.identities, nil
}

func schemaOf(attributes ...*tfprotov6.SchemaAttribute) *tfprotov6.Schema {
	return &tfprotov6.Schema{Version: 2, Block: &tfprotov6.SchemaBlock{Attributes: attributes}}
}

func newFakeProvider() fakeProvider {
	name := &tfprotov6.SchemaAttribute{Name: "name", Type: tftypes.String, Required: true}
	rich := &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{
		Description:     "A *thing*.",
		DescriptionKind: tfprotov6.StringKindMarkdown,
		Attributes: []*tfprotov6.SchemaAttribute{
			name,
			{Name: "secret_wo", Type: tftypes.String, Optional: true, WriteOnly: true, Sensitive: true},
			{Name: "hosts", Type: tftypes.Set{ElementType: tftypes.String}, Optional: true, Computed: true, Deprecated: true},
			{Name: "users", Optional: true, NestedType: &tfprotov6.SchemaObject{
				Nesting:    tfprotov6.SchemaObjectNestingModeSet,
				Attributes: []*tfprotov6.SchemaAttribute{name},
			}},
		},
		BlockTypes: []*tfprotov6.SchemaNestedBlock{{
			TypeName: "timeouts", Nesting: tfprotov6.SchemaNestedBlockNestingModeSingle,
			Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{name}},
		}},
	}}
	return fakeProvider{
		schema: &tfprotov6.GetProviderSchemaResponse{
			Provider:                 schemaOf(name),
			ResourceSchemas:          map[string]*tfprotov6.Schema{"atm_thing": rich},
			DataSourceSchemas:        map[string]*tfprotov6.Schema{"atm_thing": schemaOf(name)},
			EphemeralResourceSchemas: map[string]*tfprotov6.Schema{"atm_thing": schemaOf(name)},
			ListResourceSchemas:      map[string]*tfprotov6.Schema{"atm_thing": schemaOf(name)},
			ActionSchemas:            map[string]*tfprotov6.ActionSchema{"atm_do": {Schema: schemaOf(name)}},
			Functions: map[string]*tfprotov6.Function{"decode": {
				Summary: "Decode", Description: "Decodes.",
				Parameters: []*tfprotov6.FunctionParameter{{Name: "token", Type: tftypes.String, AllowNullValue: true}},
				Return:     &tfprotov6.FunctionReturn{Type: tftypes.DynamicPseudoType},
			}},
		},
		identities: &tfprotov6.GetResourceIdentitySchemasResponse{
			IdentitySchemas: map[string]*tfprotov6.ResourceIdentitySchema{"atm_thing": {
				Version:            1,
				IdentityAttributes: []*tfprotov6.ResourceIdentitySchemaAttribute{{Name: "id", Type: tftypes.String, RequiredForImport: true}},
			}},
		},
	}
}

const wantFake = `{
  "format_version": "1.0",
  "provider_schemas": {"atm": {
    "provider": {"version": 2, "block": {"description_kind": "plain", "attributes": {
      "name": {"type": "string", "description_kind": "plain", "required": true}}}},
    "resource_schemas": {"atm_thing": {"version": 0, "block": {
      "description": "A *thing*.", "description_kind": "markdown",
      "attributes": {
        "name": {"type": "string", "description_kind": "plain", "required": true},
        "secret_wo": {"type": "string", "description_kind": "plain", "optional": true, "sensitive": true, "write_only": true},
        "hosts": {"type": ["set", "string"], "description_kind": "plain", "deprecated": true, "optional": true, "computed": true},
        "users": {"description_kind": "plain", "optional": true, "nested_type": {"nesting_mode": "set", "attributes": {
          "name": {"type": "string", "description_kind": "plain", "required": true}}}}
      },
      "block_types": {"timeouts": {"nesting_mode": "single", "block": {"description_kind": "plain", "attributes": {
        "name": {"type": "string", "description_kind": "plain", "required": true}}}}}
    }}},
    "data_source_schemas": {"atm_thing": {"version": 2, "block": {"description_kind": "plain", "attributes": {
      "name": {"type": "string", "description_kind": "plain", "required": true}}}}},
    "ephemeral_resource_schemas": {"atm_thing": {"version": 2, "block": {"description_kind": "plain", "attributes": {
      "name": {"type": "string", "description_kind": "plain", "required": true}}}}},
    "list_resource_schemas": {"atm_thing": {"version": 2, "block": {"description_kind": "plain", "attributes": {
      "name": {"type": "string", "description_kind": "plain", "required": true}}}}},
    "action_schemas": {"atm_do": {"block": {"description_kind": "plain", "attributes": {
      "name": {"type": "string", "description_kind": "plain", "required": true}}}}},
    "functions": {"decode": {"summary": "Decode", "description": "Decodes.", "return_type": "dynamic",
      "parameters": [{"name": "token", "type": "string", "is_nullable": true}]}},
    "resource_identity_schemas": {"atm_thing": {"version": 1, "attributes": {
      "id": {"type": "string", "required_for_import": true}}}}
  }}
}`

func TestExport_WritesEachKindOfThing(t *testing.T) {
	t.Parallel()
	schemas, err := export(t.Context(), newFakeProvider())
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(schemas)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := normalized(t, got), normalized(t, []byte(wantFake)); got != want {
		t.Errorf("exported\n%s\nwant\n%s", got, want)
	}
}

// normalized is the JSON document indented, with sorted keys.
func normalized(t *testing.T, document []byte) string {
	t.Helper()
	var value any
	if err := json.Unmarshal(document, &value); err != nil {
		t.Fatal(err)
	}
	out, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestExport_FailsWhereTheProviderOrTheFormatDoes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*fakeProvider)
		want   string
	}{
		"error diagnostic": {
			func(f *fakeProvider) {
				f.schema.Diagnostics = []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Broken schema", Detail: "atm_thing"}}
			},
			"Broken schema: atm_thing",
		},
		"error diagnostic of identities": {
			func(f *fakeProvider) {
				f.identities.Diagnostics = []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Broken identity"}}
			},
			"Broken identity",
		},
		"nesting mode that the format does not know": {
			func(f *fakeProvider) {
				f.schema.ResourceSchemas["atm_thing"].Block.BlockTypes[0].Nesting = 99
			},
			"resource atm_thing: block timeouts: unknown nesting mode",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := newFakeProvider()
			test.change(&fake)
			_, err := export(t.Context(), fake)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one that says %q", err, test.want)
			}
		})
	}
}

func TestRun_ExportsTheProvider(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"atm_application"`, `"resource_identity_schemas"`, `"atm_token"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the export does not name %s", want)
		}
	}
}
