package provider

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// contextPerCall keeps the framework (v1.19 and before) from holding on to every
// request: it remembers for each call how to cancel its context, until
// Terraform says stop, and with that the context and all that hangs on it, some
// 20 KB. At a thousand objects and five calls for each that is 100 MB, which
// the garbage collector goes through again and again. Here it is given a
// context that lets go of everything when the call is over.
//
// The calls that Terraform makes for every object are those that count.
type contextPerCall struct{ protocol }

// ValidateResourceConfig implements tfprotov6.ResourceServer.
func (s contextPerCall) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return withOwnContext(ctx, req, s.protocol.ValidateResourceConfig)
}

// UpgradeResourceState implements tfprotov6.ResourceServer.
func (s contextPerCall) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return withOwnContext(ctx, req, s.protocol.UpgradeResourceState)
}

// UpgradeResourceIdentity implements tfprotov6.ResourceServer.
func (s contextPerCall) UpgradeResourceIdentity(ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return withOwnContext(ctx, req, s.protocol.UpgradeResourceIdentity)
}

// ReadResource implements tfprotov6.ResourceServer.
func (s contextPerCall) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return withOwnContext(ctx, req, s.protocol.ReadResource)
}

// PlanResourceChange implements tfprotov6.ResourceServer.
func (s contextPerCall) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return withOwnContext(ctx, req, s.protocol.PlanResourceChange)
}

// ApplyResourceChange implements tfprotov6.ResourceServer.
func (s contextPerCall) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return withOwnContext(ctx, req, s.protocol.ApplyResourceChange)
}

// ImportResourceState implements tfprotov6.ResourceServer.
func (s contextPerCall) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return withOwnContext(ctx, req, s.protocol.ImportResourceState)
}

// ReadDataSource implements tfprotov6.DataSourceServer.
func (s contextPerCall) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return withOwnContext(ctx, req, s.protocol.ReadDataSource)
}

func withOwnContext[Req, Resp any](ctx context.Context, req Req, call func(context.Context, Req) (Resp, error)) (Resp, error) {
	lent := &lentContext{}
	lent.of.Store(&ctx)
	defer lent.of.Store(&returned)
	return call(lent, req)
}

// lentContext is another context until that is taken back, and one that is
// canceled and empty from then on.
type lentContext struct {
	of atomic.Pointer[context.Context]
}

// returned is what a context is after the call that it was made for.
var returned = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// Deadline implements context.Context.
func (c *lentContext) Deadline() (time.Time, bool) { return (*c.of.Load()).Deadline() }

// Done implements context.Context.
func (c *lentContext) Done() <-chan struct{} { return (*c.of.Load()).Done() }

// Err implements context.Context.
func (c *lentContext) Err() error { return (*c.of.Load()).Err() }

// Value implements context.Context.
func (c *lentContext) Value(key any) any { return (*c.of.Load()).Value(key) }
