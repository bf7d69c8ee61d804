package provider

import "context"

// Lend is lend, for tests.
func Lend[Req, Resp any](ctx context.Context, req Req, call func(context.Context, Req) (Resp, error)) (Resp, error) {
	return lend(ctx, req, call)
}
