package acctest

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Returned is an object that the provider returned: a data source's, an ephemeral
// resource's, a function's.
type Returned struct{ value tftypes.Value }

// Get returns the value under the names, in Go's terms: string, bool, int64,
// nil, []string; of a list of objects, the name is the index.
func (a *Returned) Get(names ...any) any {
	value := a.value
	for _, name := range names {
		var (
			attributes map[string]tftypes.Value
			elements   []tftypes.Value
		)
		text, byName := name.(string)
		index, byIndex := name.(int)
		switch {
		case value.IsNull() || !value.IsKnown():
			return plain(value)
		case byName && value.As(&attributes) == nil:
			value = attributes[text]
		case byIndex && value.As(&elements) == nil && index < len(elements):
			value = elements[index]
		default:
			return nil
		}
	}
	return plain(value)
}

// Len is the number of elements of a list under the name.
func (a *Returned) Len(name string) int {
	var (
		attributes map[string]tftypes.Value
		elements   []tftypes.Value
	)
	if a.value.As(&attributes) != nil || attributes[name].As(&elements) != nil {
		return 0
	}
	return len(elements)
}

func (p *Protocol) returned(dynamic *tfprotov6.DynamicValue, kind tftypes.Type) *Returned {
	p.t.Helper()
	value, err := dynamic.Unmarshal(kind)
	must(p.t, err)
	return &Returned{value}
}

// ReadData validates and reads a data source.
func (p *Protocol) ReadData(kind string, config map[string]any) (*Returned, []*tfprotov6.Diagnostic) {
	p.t.Helper()
	schema, ok := p.schemas.DataSourceSchemas[kind]
	if !ok {
		p.t.Fatalf("the provider has no data source %s", kind)
	}
	written := p.dynamic(p.value(schema.Block, config))
	checked, err := p.Server.ValidateDataResourceConfig(p.t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: kind, Config: written})
	must(p.t, err)
	if HasErrors(checked.Diagnostics) {
		return nil, checked.Diagnostics
	}
	read, err := p.Server.ReadDataSource(p.t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: kind, Config: written})
	must(p.t, err)
	if HasErrors(read.Diagnostics) {
		return nil, read.Diagnostics
	}
	return p.returned(read.State, schema.Block.ValueType()), read.Diagnostics
}

// Opened is an ephemeral resource that Terraform has opened.
type Opened struct {
	*Returned
	kind    string
	private []byte
}

// Open validates and opens an ephemeral resource.
func (p *Protocol) Open(kind string, config map[string]any) (*Opened, []*tfprotov6.Diagnostic) {
	p.t.Helper()
	schema, ok := p.schemas.EphemeralResourceSchemas[kind]
	if !ok {
		p.t.Fatalf("the provider has no ephemeral resource %s", kind)
	}
	written := p.dynamic(p.value(schema.Block, config))
	checked, err := p.Server.ValidateEphemeralResourceConfig(p.t.Context(), &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: kind, Config: written})
	must(p.t, err)
	if HasErrors(checked.Diagnostics) {
		return nil, checked.Diagnostics
	}
	opened, err := p.Server.OpenEphemeralResource(p.t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: kind, Config: written})
	must(p.t, err)
	if HasErrors(opened.Diagnostics) {
		return nil, opened.Diagnostics
	}
	return &Opened{p.returned(opened.Result, schema.Block.ValueType()), kind, opened.Private}, opened.Diagnostics
}

// Close closes what [Protocol.Open] opened.
func (p *Protocol) Close(o *Opened) []*tfprotov6.Diagnostic {
	p.t.Helper()
	closed, err := p.Server.CloseEphemeralResource(p.t.Context(), &tfprotov6.CloseEphemeralResourceRequest{TypeName: o.kind, Private: o.private})
	must(p.t, err)
	return closed.Diagnostics
}

// Call calls a function of the provider.
func (p *Protocol) Call(name string, arguments ...any) (*Returned, *tfprotov6.FunctionError) {
	p.t.Helper()
	function, ok := p.schemas.Functions[name]
	if !ok {
		p.t.Fatalf("the provider has no function %s", name)
	}
	if len(arguments) != len(function.Parameters) {
		p.t.Fatalf("%s takes %d arguments", name, len(function.Parameters))
	}
	written := make([]*tfprotov6.DynamicValue, len(arguments))
	for i, parameter := range function.Parameters {
		written[i] = p.dynamic(p.attribute(parameter.Type, arguments[i]))
	}
	called, err := p.Server.CallFunction(p.t.Context(), &tfprotov6.CallFunctionRequest{Name: name, Arguments: written})
	must(p.t, err)
	if called.Error != nil {
		return nil, called.Error
	}
	return p.returned(called.Result, function.Return.Type), nil
}

// Invoke validates, plans and invokes an action, and returns what it reported
// on its way.
func (p *Protocol) Invoke(kind string, config map[string]any) ([]string, []*tfprotov6.Diagnostic) {
	p.t.Helper()
	server, ok := p.Server.(tfprotov6.ProviderServerWithActions)
	if !ok {
		p.t.Fatal("the provider has no actions")
	}
	schema, ok := p.schemas.ActionSchemas[kind]
	if !ok {
		p.t.Fatalf("the provider has no action %s", kind)
	}
	written := p.dynamic(p.value(schema.Schema.Block, config))
	checked, err := server.ValidateActionConfig(p.t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: kind, Config: written})
	must(p.t, err)
	if HasErrors(checked.Diagnostics) {
		return nil, checked.Diagnostics
	}
	planned, err := server.PlanAction(p.t.Context(), &tfprotov6.PlanActionRequest{ActionType: kind, Config: written})
	must(p.t, err)
	if HasErrors(planned.Diagnostics) {
		return nil, planned.Diagnostics
	}
	stream, err := server.InvokeAction(p.t.Context(), &tfprotov6.InvokeActionRequest{ActionType: kind, Config: written})
	must(p.t, err)
	var (
		progress []string
		diags    []*tfprotov6.Diagnostic
	)
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			progress = append(progress, event.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			diags = append(diags, event.Diagnostics...)
		}
	}
	return progress, diags
}

// Unconfigured is a provider without configuration, for calls that need none.
func Unconfigured(t *testing.T, start func() (tfprotov6.ProviderServer, error)) *Protocol {
	t.Helper()
	server, err := start()
	must(t, err)
	p := &Protocol{Server: server, t: t}
	p.schemas, err = server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	must(t, err)
	NoErrors(t, p.schemas.Diagnostics)
	return p
}
