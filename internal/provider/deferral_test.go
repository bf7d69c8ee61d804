package provider_test

import (
	"bytes"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
)

// deferral is what one operation came to.
type deferral struct {
	deferred bool
	diags    []*tfprotov6.Diagnostic
}

// With settings that are not known yet, a client that can defer is told to;
// any other gets the error that names the setting.
func TestProvider_UnknownSettingsDefer(t *testing.T) {
	t.Parallel()
	p := nobody(t).Protocol(byToken(map[string]any{"endpoint": acctest.Unknown}))
	schemas, err := p.Server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	operations := map[string]func(t *testing.T, allowed bool) deferral{}
	for kind, schema := range schemas.ResourceSchemas {
		if kind == "atm_token" {
			continue // its read sends no request, and it cannot be imported
		}
		operations["read of "+kind] = func(t *testing.T, allowed bool) deferral { return readDeferral(t, p, kind, schema, allowed) }
		operations["import of "+kind] = func(t *testing.T, allowed bool) deferral { return importDeferral(t, p, kind, schema, allowed) }
	}
	for kind, schema := range schemas.DataSourceSchemas {
		operations["data source "+kind] = func(t *testing.T, allowed bool) deferral { return dataDeferral(t, p, kind, schema, allowed) }
	}
	for name, run := range operations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			may := run(t, true)
			acctest.NoErrors(t, may.diags)
			if !may.deferred {
				t.Error("not deferred")
			}
			mayNot := run(t, false)
			acctest.WantError(t, mayNot.diags, "", "endpoint", "not known")
			if mayNot.deferred {
				t.Error("deferred without being allowed to")
			}
		})
	}
}

// A read that sends no request needs no setting, so it is not deferred.
func TestProvider_TokenIsReadWithUnknownSettings(t *testing.T) {
	t.Parallel()
	p := nobody(t).Protocol(byToken(map[string]any{"endpoint": acctest.Unknown}))
	schemas, err := p.Server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	read := readDeferral(t, p, "atm_token", schemas.ResourceSchemas["atm_token"], true)
	acctest.NoErrors(t, read.diags)
	if read.deferred {
		t.Error("deferred")
	}
}

// Settings that are known defer nothing.
func TestProvider_KnownSettingsDoNotDefer(t *testing.T) {
	t.Parallel()
	p := nobody(t).Protocol(byToken(map[string]any{"max_retries": 0}))
	schemas, err := p.Server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	read := dataDeferral(t, p, "atm_suites", schemas.DataSourceSchemas["atm_suites"], true)
	acctest.WantError(t, read.diags, "", "127.0.0.1:9")
	if read.deferred {
		t.Error("deferred")
	}
}

func readDeferral(t *testing.T, p *acctest.Protocol, kind string, schema *tfprotov6.Schema, allowed bool) deferral {
	t.Helper()
	before, private := anything(t, schema), []byte(`{"imported":"e30="}`)
	resp, err := p.Server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: kind, CurrentState: before, Private: private, ClientCapabilities: &tfprotov6.ReadResourceClientCapabilities{DeferralAllowed: allowed},
	})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Deferred != nil && !value(t, schema, resp.NewState).Equal(value(t, schema, before)) {
		t.Error("a deferred read changes the state")
	}
	if resp.Deferred != nil && !bytes.Equal(resp.Private, private) {
		t.Errorf("a deferred read changes the private state to %s", resp.Private)
	}
	return deferral{providerUnknown(resp.Deferred), resp.Diagnostics}
}

func importDeferral(t *testing.T, p *acctest.Protocol, kind string, schema *tfprotov6.Schema, allowed bool) deferral {
	t.Helper()
	resp, err := p.Server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
		TypeName: kind, ID: "a", ClientCapabilities: &tfprotov6.ImportResourceStateClientCapabilities{DeferralAllowed: allowed},
	})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Deferred != nil && value(t, schema, resp.ImportedResources[0].State).IsKnown() {
		t.Error("a deferred import claims to know the object")
	}
	return deferral{providerUnknown(resp.Deferred), resp.Diagnostics}
}

func dataDeferral(t *testing.T, p *acctest.Protocol, kind string, schema *tfprotov6.Schema, allowed bool) deferral {
	t.Helper()
	resp, err := p.Server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{
		TypeName: kind, Config: anything(t, schema), ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{DeferralAllowed: allowed},
	})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Deferred != nil && value(t, schema, resp.State).IsKnown() {
		t.Error("a deferred data source claims to know the object")
	}
	return deferral{providerUnknown(resp.Deferred), resp.Diagnostics}
}

func providerUnknown(d *tfprotov6.Deferred) bool {
	return d != nil && d.Reason == tfprotov6.DeferredReasonProviderConfigUnknown
}

// anything is an object of the schema with a text for each text that a state
// has, and null for all else.
func anything(t *testing.T, schema *tfprotov6.Schema) *tfprotov6.DynamicValue {
	t.Helper()
	values := map[string]tftypes.Value{}
	for _, a := range schema.Block.Attributes {
		values[a.Name] = tftypes.NewValue(a.ValueType(), nil)
		if a.ValueType().Is(tftypes.String) && !a.WriteOnly {
			values[a.Name] = tftypes.NewValue(tftypes.String, "a")
		}
	}
	object, err := tfprotov6.NewDynamicValue(schema.ValueType(), tftypes.NewValue(schema.ValueType(), values))
	if err != nil {
		t.Fatal(err)
	}
	return &object
}

func value(t *testing.T, schema *tfprotov6.Schema, of *tfprotov6.DynamicValue) tftypes.Value {
	t.Helper()
	value, err := of.Unmarshal(schema.ValueType())
	if err != nil {
		t.Fatal(err)
	}
	return value
}
