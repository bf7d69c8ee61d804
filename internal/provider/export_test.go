package provider

import "context"

// WithOwnContext is withOwnContext, for tests.
func WithOwnContext[Req, Resp any](ctx context.Context, req Req, call func(context.Context, Req) (Resp, error)) (Resp, error) {
	return withOwnContext(ctx, req, call)
}
