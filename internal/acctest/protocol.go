package acctest

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Protocol talks to the provider as Terraform does, in milliseconds and
// without Terraform: for what real Terraform would only slow down, such as
// each fault at each request, or needs a newer one for.
type Protocol struct {
	Server tfprotov6.ProviderServer

	t       *testing.T
	ctx     context.Context // nil is the test's
	schemas *tfprotov6.GetProviderSchemaResponse
}

// Within is the same provider, whose operations end with ctx as they do when a
// person interrupts Terraform.
func (p *Protocol) Within(ctx context.Context) *Protocol {
	within := *p
	within.ctx = ctx
	return &within
}

func (p *Protocol) context() context.Context {
	if p.ctx != nil {
		return p.ctx
	}
	return p.t.Context()
}

// Object is one resource, as Terraform keeps it between two operations.
type Object struct {
	Type     string
	State    tftypes.Value
	Private  []byte
	Identity *tfprotov6.ResourceIdentityData
	// Tainted is set when a create failed and left state.
	Tainted bool
}

// Protocol starts a provider and configures it with settings (the block's).
func (h *Harness) Protocol(settings map[string]any) *Protocol {
	h.t.Helper()
	p, diags := h.TryProtocol(settings)
	NoErrors(h.t, diags)
	return p
}

// TryProtocol is Protocol for settings that may be refused.
func (h *Harness) TryProtocol(settings map[string]any) (*Protocol, []*tfprotov6.Diagnostic) {
	h.t.Helper()
	server, err := h.server()
	must(h.t, err)
	p := &Protocol{Server: server, t: h.t}
	p.schemas, err = server.GetProviderSchema(h.t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	must(h.t, err)
	NoErrors(h.t, p.schemas.Diagnostics)

	config := p.dynamic(p.value(p.schemas.Provider.Block, settings))
	checked, err := server.ValidateProviderConfig(h.t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: config})
	must(h.t, err)
	if HasErrors(checked.Diagnostics) {
		return p, checked.Diagnostics
	}
	configured, err := server.ConfigureProvider(h.t.Context(), &tfprotov6.ConfigureProviderRequest{Config: config, TerraformVersion: "1.11.4"})
	must(h.t, err)
	return p, append(checked.Diagnostics, configured.Diagnostics...)
}

// New is a resource that does not exist yet.
func (p *Protocol) New(kind string) *Object {
	p.t.Helper()
	return &Object{Type: kind, State: tftypes.NewValue(p.block(kind).ValueType(), nil)}
}

// Unknown is a value for a configuration that is not known before apply.
var Unknown = unknown{}

type unknown struct{}

func (p *Protocol) block(kind string) *tfprotov6.SchemaBlock {
	p.t.Helper()
	schema, ok := p.schemas.ResourceSchemas[kind]
	if !ok {
		p.t.Fatalf("the provider has no resource %s", kind)
	}
	return schema.Block
}

// value builds an object of the block's type; what is not named is null.
func (p *Protocol) value(block *tfprotov6.SchemaBlock, values map[string]any) tftypes.Value {
	p.t.Helper()
	attributes := map[string]tftypes.Value{}
	for _, a := range block.Attributes {
		given, named := values[a.Name]
		if !named {
			attributes[a.Name] = tftypes.NewValue(a.ValueType(), nil)
			continue
		}
		attributes[a.Name] = p.attribute(a.ValueType(), given)
	}
	for name := range values {
		if _, ok := attributes[name]; !ok {
			p.t.Fatalf("the schema has no attribute %s", name)
		}
	}
	return tftypes.NewValue(block.ValueType(), attributes)
}

func (p *Protocol) attribute(kind tftypes.Type, given any) tftypes.Value {
	p.t.Helper()
	if given == Unknown {
		return tftypes.NewValue(kind, tftypes.UnknownValue)
	}
	object, isObject := kind.(tftypes.Object)
	members, isMap := given.(map[string]any)
	if isObject && isMap {
		// Attributes that are not named are null, inside as outside.
		values := map[string]tftypes.Value{}
		for name, of := range object.AttributeTypes {
			values[name] = p.attribute(of, members[name])
		}
		return tftypes.NewValue(kind, values)
	}
	if set, isSet := kind.(tftypes.Set); isSet && given != nil {
		elements := []tftypes.Value{}
		for list, i := reflect.ValueOf(given), 0; i < list.Len(); i++ {
			elements = append(elements, p.attribute(set.ElementType, list.Index(i).Interface()))
		}
		return tftypes.NewValue(kind, elements)
	}
	text, err := json.Marshal(given)
	must(p.t, err)
	value, err := tftypes.ValueFromJSON(text, kind) //nolint:staticcheck // there is no other way from JSON
	must(p.t, err)
	return value
}

func (p *Protocol) dynamic(value tftypes.Value) *tfprotov6.DynamicValue {
	p.t.Helper()
	dynamic, err := tfprotov6.NewDynamicValue(value.Type(), value)
	must(p.t, err)
	return &dynamic
}

func (p *Protocol) read(kind string, dynamic *tfprotov6.DynamicValue) tftypes.Value {
	p.t.Helper()
	value, err := dynamic.Unmarshal(p.block(kind).ValueType())
	must(p.t, err)
	return value
}

// Get returns a top-level attribute of the object's state in Go's terms:
// string, bool, int64, nil, or []string for a set.
func (o *Object) Get(name string) any {
	var attributes map[string]tftypes.Value
	if o.State.IsNull() || o.State.As(&attributes) != nil {
		return nil
	}
	return plain(attributes[name])
}

func plain(value tftypes.Value) any {
	var (
		text string
		flag bool
		list []tftypes.Value
	)
	switch {
	case value.IsNull():
		return nil
	case !value.IsKnown():
		return Unknown
	case value.As(&text) == nil:
		return text
	case value.As(&flag) == nil:
		return flag
	case value.Type().Is(tftypes.Number):
		return number(value)
	case value.As(&list) == nil:
		texts := []string{}
		for _, element := range list {
			texts = append(texts, fmt.Sprint(plain(element)))
		}
		return texts
	}
	return value.String()
}

// Gone reports whether the object is in no state.
func (o *Object) Gone() bool { return o.State.IsNull() }

// HasErrors reports whether one of the diagnostics is an error.
func HasErrors(diags []*tfprotov6.Diagnostic) bool {
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return true
		}
	}
	return false
}

// NoErrors ends the test on the first error.
func NoErrors(t *testing.T, diags []*tfprotov6.Diagnostic) {
	t.Helper()
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			t.Fatalf("unexpected error: %s", Print(d))
		}
	}
}

// Print is a diagnostic on one line.
func Print(d *tfprotov6.Diagnostic) string {
	at := ""
	if d.Attribute != nil {
		at = " at " + Attribute(d)
	}
	return strings.ReplaceAll(d.Summary+": "+d.Detail+at, "\n", " ")
}

// Attribute is the path of a diagnostic, as in secret_rotation.triggers.
func Attribute(d *tfprotov6.Diagnostic) string {
	if d.Attribute == nil {
		return ""
	}
	var steps []string
	for _, step := range d.Attribute.Steps() {
		if name, ok := step.(tftypes.AttributeName); ok {
			steps = append(steps, string(name))
		}
	}
	return strings.Join(steps, ".")
}

// WantError fails unless there is an error on the attribute ("" for none) that
// contains every text.
func WantError(t *testing.T, diags []*tfprotov6.Diagnostic, attribute string, texts ...string) {
	t.Helper()
	want(t, tfprotov6.DiagnosticSeverityError, diags, attribute, texts)
}

// WantWarning is WantError for a warning.
func WantWarning(t *testing.T, diags []*tfprotov6.Diagnostic, attribute string, texts ...string) {
	t.Helper()
	want(t, tfprotov6.DiagnosticSeverityWarning, diags, attribute, texts)
}

func want(t *testing.T, severity tfprotov6.DiagnosticSeverity, diags []*tfprotov6.Diagnostic, attribute string, texts []string) {
	t.Helper()
	var seen []string
	for _, d := range diags {
		seen = append(seen, d.Severity.String()+" "+Print(d))
		if d.Severity != severity || Attribute(d) != attribute {
			continue
		}
		all := true
		for _, text := range texts {
			all = all && strings.Contains(d.Summary+"\n"+d.Detail, text)
		}
		if all {
			return
		}
	}
	t.Errorf("want %s at %q with %q, got:\n%s", severity, attribute, texts, strings.Join(seen, "\n"))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
