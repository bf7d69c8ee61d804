package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tci-pf/terraform-provider-atm/internal/provider"
)

// OpenTofu sends nothing for a null; what the function then says is of its
// other arguments.
func TestServer_NullArgumentsOfOpenTofu(t *testing.T) {
	t.Parallel()
	text := func(value string) *tfprotov6.DynamicValue {
		dynamic, err := tfprotov6.NewDynamicValue(tftypes.String, tftypes.NewValue(tftypes.String, value))
		if err != nil {
			t.Fatal(err)
		}
		return &dynamic
	}
	server := provider.Server("test")()
	for name, null := range map[string]*tfprotov6.DynamicValue{"nothing": nil, "nothing in it": {}} {
		resp, err := server.CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{
			Name: "verify_token", Arguments: []*tfprotov6.DynamicValue{text("a"), text(`{"keys":[]}`), null, text("now")},
		})
		if err != nil || resp.Error == nil || resp.Error.FunctionArgument == nil || *resp.Error.FunctionArgument != 1 {
			t.Errorf("%s: %v, %+v", name, err, resp)
		}
	}
}

// The wrapper hides nothing of what newer CLIs ask for.
func TestServer_IsComplete(t *testing.T) {
	t.Parallel()
	server := provider.Server("test")()
	if _, ok := server.(tfprotov6.ProviderServerWithActions); !ok {
		t.Error("no actions")
	}
	if _, ok := server.(tfprotov6.ProviderServerWithListResource); !ok {
		t.Error("no list resources")
	}
}
