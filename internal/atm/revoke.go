package atm

import (
	"context"
	"net/http"
)

// RevokeTokens ends the tokens of a user, of an application, or of the user at
// the application; one of the two may be nil. It is safe to repeat.
func (c *Client) RevokeTokens(ctx context.Context, key string, revocation TokenRevocation) error {
	_, err := c.call(ctx, operation{name: "revoke tokens"}, func(server string) (*http.Request, error) {
		return NewRevokeTokensRequest(server, &RevokeTokensParams{IdempotencyKey: &key}, revocation)
	})
	return err
}

// RotateSigningKey makes ATM's next signing key the current one, at once or at
// the ActivatesAt of the answer. Only a super admin may. Under one
// Idempotency-Key a repetition rotates no second time.
func (c *Client) RotateSigningKey(ctx context.Context, key string) (*SigningKey, error) {
	return fetch[SigningKey](ctx, c, "rotate signing key", func(server string) (*http.Request, error) {
		return NewRotateSigningKeyRequest(server, &RotateSigningKeyParams{IdempotencyKey: &key})
	})
}
