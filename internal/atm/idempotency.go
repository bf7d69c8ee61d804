package atm

import (
	"context"
	"net/http"
)

// ResolveKey asks ATM what the caller's own create under this key created. The result is final: where it created
// nothing, ATM voids the key, so that a create that arrives later is refused ([ProblemKeyVoid]). [IsNotFound] knows
// the error of a key that created nothing.
func (c *Client) ResolveKey(ctx context.Context, key string) (*IdempotentResult, error) {
	r := newRequest("find what a create with unknown outcome created", http.MethodDelete, "/api/v1/idempotent-result").
		withStatus(http.StatusOK).withKey(key)
	return do[IdempotentResult](ctx, c, r)
}
