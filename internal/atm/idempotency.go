package atm

import (
	"context"
	"net/http"
)

// IdempotentResult tells which object the caller's own create under this key
// made. [IsNotFound] knows the error when it made none, or when the key is
// older than ATM keeps it (24 hours).
func (c *Client) IdempotentResult(ctx context.Context, key string) (*IdempotentResult, error) {
	return fetch[IdempotentResult](ctx, c, "find what a lost create made", func(server string) (*http.Request, error) {
		return NewGetIdempotentResultRequest(server, &GetIdempotentResultParams{IdempotencyKey: key})
	})
}
