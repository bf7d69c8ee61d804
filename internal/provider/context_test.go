package provider_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"weak"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tci-pf/terraform-provider-atm/internal/provider"
)

type heldKey struct{}

// held is what a context holds in the following test; it is large enough to
// have a place of its own.
type held struct{ _ [1 << 10]byte }

func TestServer_LetsGoOfARequestOnceItIsOver(t *testing.T) {
	t.Parallel()
	server := provider.Server("test")()
	kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{}}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]tftypes.Value{}
	for name, of := range schemas.ResourceSchemas["atm_suite"].Block.ValueType().(tftypes.Object).AttributeTypes {
		kind.AttributeTypes[name], values[name] = of, tftypes.NewValue(of, nil)
	}
	config, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, values))
	if err != nil {
		t.Fatal(err)
	}
	// In a function of its own, so that nothing of it stays on this one's stack.
	validate := func() weak.Pointer[held] {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel() // as gRPC does when a call is over
		value := &held{}
		_, err := server.ValidateResourceConfig(context.WithValue(ctx, heldKey{}, value),
			&tfprotov6.ValidateResourceConfigRequest{TypeName: "atm_suite", Config: &config})
		if err != nil {
			t.Fatal(err)
		}
		return weak.Make(value)
	}
	left := validate()
	for range 10 {
		if runtime.GC(); left.Value() == nil {
			break
		}
	}
	if left.Value() != nil {
		t.Error("the request's context is still held")
	}
	runtime.KeepAlive(server)
}

func TestServer_ACallIsCanceledWithItsRequest(t *testing.T) {
	t.Parallel()
	seen := make(chan error, 1)
	ctx, cancel := context.WithCancelCause(t.Context())
	because := errors.New("because")
	_, err := provider.WithOwnContext(ctx, "request", func(ctx context.Context, _ string) (string, error) {
		child, stop := context.WithCancel(context.WithValue(ctx, heldKey{}, 1))
		defer stop()
		cancel(because)
		<-child.Done()
		seen <- context.Cause(child)
		return "", child.Err()
	})
	if !errors.Is(err, context.Canceled) || !errors.Is(<-seen, because) {
		t.Errorf("got %v", err)
	}
}
