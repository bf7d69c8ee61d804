package atm

import (
	"context"
	"net/http"
)

// RevokeTokens ends the tokens of a user, of an application, or of the user at the application; one of the two may be
// nil. It is safe to repeat.
func (c *Client) RevokeTokens(ctx context.Context, key string, revocation TokenRevocation) error {
	_, _, err := c.send(ctx, newRequest("revoke tokens", http.MethodPost, "/api/v1/token-revocations").
		withStatus(http.StatusNoContent).withKey(key).withJSON(typeJSON, revocation))
	return err
}

// RotateSigningKey makes ATM's next signing key the current one, at once or at the ActivatesAt of the result. Only a
// super admin may. Under one Idempotency-Key a repetition rotates no second time.
func (c *Client) RotateSigningKey(ctx context.Context, key string) (*SigningKey, error) {
	return do[SigningKey](ctx, c, newRequest("rotate signing key", http.MethodPost, "/api/v1/signing-keys/rotate").
		withStatus(http.StatusOK).withKey(key))
}
