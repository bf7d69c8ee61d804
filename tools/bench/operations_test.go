package main

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tci-pf/terraform-provider-atm/internal/provider"
	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/tools/bench/idle"
)

// These explain the row "terraform": what each operation on an application
// costs in the provider and in the floor provider, without Terraform, gRPC and
// logs, but with the reference server, which runs in the same process.
//
//	go -C tools test -run '^$' -bench Operations -cpuprofile cpu.pprof ./bench

const kindApplication = "atm_application"

func BenchmarkOperations(b *testing.B) {
	for name, start := range map[string]func(*testing.B) *operations{"floor": idleOperations, "provider": realOperations} {
		b.Run(name+"/create", func(b *testing.B) { start(b).create(b.N) })
		b.Run(name+"/read", func(b *testing.B) {
			o := start(b)
			objects := o.create(b.N)
			b.ResetTimer()
			for _, object := range objects {
				o.read(object)
			}
		})
		b.Run(name+"/plan", func(b *testing.B) {
			o := start(b)
			object := o.create(1)[0]
			b.ResetTimer()
			for range b.N {
				o.plan(object.state, object.private, o.config(0))
			}
		})
		b.Run(name+"/delete", func(b *testing.B) {
			o := start(b)
			objects := o.create(b.N)
			b.ResetTimer()
			for _, object := range objects {
				o.apply(object, tftypes.NewValue(o.kind(), nil), nil, tftypes.NewValue(o.kind(), nil))
			}
		})
	}
}

// operations speaks to a provider as Terraform does.
type operations struct {
	b       *testing.B
	server  tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
	suite   string
	project string
}

// object is what Terraform keeps of one.
type object struct {
	state    *tfprotov6.DynamicValue
	private  []byte
	identity *tfprotov6.ResourceIdentityData
}

func idleOperations(b *testing.B) *operations {
	return newOperations(b, providerserver.NewProtocol6(idle.New(provider.New("bench"))())(), "suite", "project")
}

func realOperations(b *testing.B) *operations {
	server := testserver.Start(b)
	environ := map[string]string{}
	admin := server.Admin()
	environ["ATM_ENDPOINT"], environ["ATM_CLIENT_ID"] = admin.Endpoint, admin.ClientID
	environ["ATM_CLIENT_SECRET"], environ["ATM_LOGIN_ID"] = admin.ClientSecret, admin.LoginID
	o := newOperations(b, provider.Server("bench", provider.WithEnvironment(func(name string) (string, bool) {
		value, ok := environ[name]
		return value, ok
	}))(), "", "")
	o.suite = o.make("atm_suite", map[string]string{"name": "bench"})
	o.project = o.make("atm_project", map[string]string{"name": "bench", "suite_id": o.suite})
	return o
}

func newOperations(b *testing.B, server tfprotov6.ProviderServer, suite, project string) *operations {
	b.Helper()
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_PROVIDER_ATM"} {
		b.Setenv(name, "off")
	}
	o := &operations{b: b, server: server, suite: suite, project: project}
	var err error
	o.schemas, err = server.GetProviderSchema(b.Context(), &tfprotov6.GetProviderSchemaRequest{})
	o.must(err, nil)
	block := o.schemas.Provider.Block.ValueType()
	resp, err := server.ConfigureProvider(b.Context(), &tfprotov6.ConfigureProviderRequest{
		Config: o.dynamic(o.object(block, nil)), TerraformVersion: "1.11.4",
	})
	o.must(err, resp.Diagnostics)
	return o
}

func (o *operations) kind() tftypes.Type {
	return o.schemas.ResourceSchemas[kindApplication].Block.ValueType()
}

// object is a value in which all attributes that are not named are null.
func (o *operations) object(kind tftypes.Type, texts map[string]string) tftypes.Value {
	values := map[string]tftypes.Value{}
	for name, of := range kind.(tftypes.Object).AttributeTypes {
		values[name] = tftypes.NewValue(of, nil)
		if text, ok := texts[name]; ok {
			values[name] = tftypes.NewValue(of, text)
		}
	}
	return tftypes.NewValue(kind, values)
}

func (o *operations) config(i int) tftypes.Value {
	return o.object(o.kind(), map[string]string{
		"name": fmt.Sprintf("application-%d", i), "suite_id": o.suite, "project_id": o.project, "authenticator_type": "user_credentials",
	})
}

func (o *operations) create(n int) []object {
	objects := make([]object, n)
	for i := range objects {
		objects[i] = o.createOne(kindApplication, o.kind(), o.config(i))
	}
	return objects
}

func (o *operations) createOne(name string, kind tftypes.Type, config tftypes.Value) object {
	none := tftypes.NewValue(kind, nil)
	planned, err := o.server.PlanResourceChange(o.b.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: name, PriorState: o.dynamic(none), ProposedNewState: o.dynamic(config), Config: o.dynamic(config),
	})
	o.must(err, planned.Diagnostics)
	made, err := o.server.ApplyResourceChange(o.b.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: name, PriorState: o.dynamic(none), PlannedState: planned.PlannedState, Config: o.dynamic(config),
		PlannedPrivate: planned.PlannedPrivate, PlannedIdentity: planned.PlannedIdentity,
	})
	o.must(err, made.Diagnostics)
	return object{made.NewState, made.Private, made.NewIdentity}
}

// make creates a parent and returns its id.
func (o *operations) make(name string, texts map[string]string) string {
	kind := o.schemas.ResourceSchemas[name].Block.ValueType()
	made := o.createOne(name, kind, o.object(kind, texts))
	state, err := made.state.Unmarshal(kind)
	o.must(err, nil)
	var attributes map[string]tftypes.Value
	o.must(state.As(&attributes), nil)
	var id string
	o.must(attributes["id"].As(&id), nil)
	return id
}

func (o *operations) read(of object) {
	resp, err := o.server.ReadResource(o.b.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: kindApplication, CurrentState: of.state, Private: of.private, CurrentIdentity: of.identity,
	})
	o.must(err, resp.Diagnostics)
}

// plan plans no change: what is computed stays as it is.
func (o *operations) plan(state *tfprotov6.DynamicValue, private []byte, config tftypes.Value) {
	resp, err := o.server.PlanResourceChange(o.b.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: kindApplication, PriorState: state, ProposedNewState: state, Config: o.dynamic(config), PriorPrivate: private,
	})
	o.must(err, resp.Diagnostics)
}

func (o *operations) apply(of object, planned tftypes.Value, private []byte, config tftypes.Value) {
	resp, err := o.server.ApplyResourceChange(o.b.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: kindApplication, PriorState: of.state, PlannedState: o.dynamic(planned), Config: o.dynamic(config),
		PlannedPrivate: append(private, of.private...),
	})
	o.must(err, resp.Diagnostics)
}

func (o *operations) dynamic(value tftypes.Value) *tfprotov6.DynamicValue {
	dynamic, err := tfprotov6.NewDynamicValue(value.Type(), value)
	o.must(err, nil)
	return &dynamic
}

func (o *operations) must(err error, diags []*tfprotov6.Diagnostic) {
	o.b.Helper()
	if err != nil {
		o.b.Fatal(err)
	}
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			o.b.Fatalf("%s: %s", d.Summary, d.Detail)
		}
	}
}
