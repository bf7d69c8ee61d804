package token

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

// revocation is what the revocation of a token needs.
type revocation struct {
	ClientID string `json:"client_id"`
	Secret   string `json:"client_secret"`
	Proof    proof  `json:"proof,omitzero"`
	Token    string `json:"token"`
	Expires  string `json:"expires_at"`
	// Application is the id of the application, the token's audience.
	Application string `json:"application"`
}

// revokeToken revokes the token and the others of its family. A token whose
// application is gone has ended with it: ATM then refuses the client, and there
// is nothing to revoke. The same refusal for an application that exists means
// that its secret was replaced, and its token is still valid.
func revokeToken(ctx context.Context, client *atm.Client, r revocation, s assertion.Settings) error {
	source, _, err := r.Proof.source(s, r.ClientID)
	if err != nil {
		return err
	}
	err = client.RevokeToken(ctx, atm.Revocation{ClientID: r.ClientID, ClientSecret: r.Secret, Assertion: source, Token: r.Token})
	var refusal *atm.OAuthError
	if !errors.As(err, &refusal) || refusal.Code != "invalid_client" {
		return err
	}
	if canRead(ctx, client, r.Application) {
		return err
	}
	tflog.Debug(ctx, "A token ended with its application, so it was not revoked", map[string]any{
		"client_id": r.ClientID, "request_id": refusal.RequestID,
	})
	return nil
}

// canRead reports whether the application exists and the provider may read it. A
// provider without a credential for the management API may not.
func canRead(ctx context.Context, client *atm.Client, application string) bool {
	_, err := client.Application(ctx, application)
	return err == nil
}

// notRevoked warns of a token that stays valid.
func notRevoked(diags *diag.Diagnostics, expires, why string) {
	diags.AddWarning("The token was not revoked", fmt.Sprintf("The access token is valid until %s. %s", expires, why))
}
