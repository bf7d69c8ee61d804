package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tci-pf/terraform-provider-atm/internal/applicationusers"
)

// Server returns the constructor of the provider as the plugin protocol has
// it, for tf6server.Serve and for tests.
func Server(version string, options ...Option) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		// The framework's server is of a type that cannot be named, so this is asserted at the first start, not at compile time.
		complete := providerserver.NewProtocol6(New(version, options...)())().(protocol)
		return contextPerCall{unfolded{nullArguments{complete}}}
	}
}

// protocol is all of the plugin protocol that the provider serves.
type protocol interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

var (
	_ tfprotov6.ProviderServerWithListResource = contextPerCall{}
	_ tfprotov6.ProviderServerWithActions      = contextPerCall{}
)

// nullArguments mends what OpenTofu (1.12.6 and before) leaves out: it sends
// nothing at all for a function's argument that is null, which the framework
// takes for a fault of the protocol.
type nullArguments struct{ protocol }

// CallFunction implements tfprotov6.FunctionServer.
func (s nullArguments) CallFunction(ctx context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	const msgpackNil = 0xc0
	for i, argument := range req.Arguments {
		if argument == nil || len(argument.MsgPack) == 0 && len(argument.JSON) == 0 {
			req.Arguments[i] = &tfprotov6.DynamicValue{MsgPack: []byte{msgpackNil}}
		}
	}
	return s.protocol.CallFunction(ctx, req)
}

// unfolded shows the schema as Terraform is to see it; see
// [applicationusers.Unfold].
type unfolded struct{ protocol }

// GetProviderSchema implements tfprotov6.ProviderServer.
func (s unfolded) GetProviderSchema(ctx context.Context, req *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	resp, err := s.protocol.GetProviderSchema(ctx, req)
	if err != nil {
		return resp, err
	}
	if schema, ok := resp.ResourceSchemas["atm_application_users"]; ok && schema.Block != nil {
		applicationusers.Unfold(schema.Block)
	}
	return resp, nil
}
