// Package token is the Terraform noun atm_token in its forms, and the
// verification of ATM's access tokens that they share.
package token

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/noun"
)

// wanted is what every form of atm_token asks for.
type wanted struct {
	grant    string
	clientID string
	secret   string
	loginID  string
	audience *string
	// minimum is how long the token must live at least.
	minimum time.Duration
}

// issued is a verified access token and what came with it.
type issued struct {
	tokens *atm.Tokens
	claims *Claims
}

// tooShortError is a token that does not live as long as was asked for.
type tooShortError struct {
	lives, wanted time.Duration
	expires       time.Time
}

func (e *tooShortError) Error() string {
	return fmt.Sprintf("The token lives for %s, until %s, which is less than minimum_lifetime (%s). Raise access_token_lifespan of the application, or ask for less.",
		e.lives.Round(time.Second), e.expires.UTC().Format(time.RFC3339), e.wanted)
}

// refusedError is a token that ATM issued and that does not hold.
type refusedError struct{ err error }

func (e *refusedError) Error() string { return e.err.Error() }
func (e *refusedError) Unwrap() error { return e.err }

// issue gets a token and verifies it.
func issue(ctx context.Context, client *atm.Client, want wanted, now func() time.Time) (*issued, error) {
	tokens, err := client.IssueToken(ctx, atm.TokenRequest{
		Grant: want.grant, ClientID: want.clientID, ClientSecret: want.secret, LoginID: want.loginID,
	})
	if err != nil {
		return nil, err
	}
	return verified(ctx, client, tokens, want, now())
}

func verified(ctx context.Context, client *atm.Client, tokens *atm.Tokens, want wanted, now time.Time) (*issued, error) {
	claims, err := Verify(ctx, tokens.AccessToken, FetchedKeys(client.JWKS), want.audience, now)
	if err != nil {
		return nil, &refusedError{err}
	}
	if lives := claims.ExpiresAt.Sub(now); lives < want.minimum {
		return nil, &tooShortError{lives: lives, wanted: want.minimum, expires: claims.ExpiresAt.Time}
	}
	return &issued{tokens: tokens, claims: claims}, nil
}

// diagnose puts an error of issue on the argument at fault.
func diagnose(err error, want wanted, diags *diag.Diagnostics) {
	var (
		refusal  *atm.OAuthError
		refused  *refusedError
		audience *AudienceError
		keys     *KeysError
		tooShort *tooShortError
	)
	switch {
	case errors.As(err, &refusal):
		diagnoseRefusal(refusal, want, diags)
	case errors.As(err, &audience):
		diags.AddAttributeError(path.Root("audience"), "The token is for another audience",
			fmt.Sprintf("%v. Set audience to that value if it is the one you expect, or leave audience out to have aud only reported.", audience))
	case errors.As(err, &keys):
		diags.AddError("ATM's signing keys could not be had", fmt.Sprintf("The token was issued but could not be verified: %v", keys))
	case errors.As(err, &refused):
		diags.AddError("ATM's token does not hold", fmt.Sprintf("The token was issued but is refused: %v.", refused))
	case errors.As(err, &tooShort):
		diags.AddAttributeError(path.Root("minimum_lifetime"), "The token is too short-lived", tooShort.Error())
	default:
		noun.Explain(err, "atm_token", func(string) bool { return false }, diags)
	}
}

func diagnoseRefusal(refusal *atm.OAuthError, want wanted, diags *diag.Diagnostics) {
	at, summary, remedy := path.Root("client_id"), "ATM refused to issue a token", ""
	switch refusal.Code {
	case "invalid_client":
		remedy = "client_id and client_secret do not belong together, or the secret was rotated. Check both."
	case "invalid_grant":
		at, remedy = path.Root("login_id"),
			fmt.Sprintf("There is no user %q, or it is disabled, or it is not assigned to this application and enabled there (atm_application_user).", want.loginID)
	case "unauthorized_client":
		at, remedy = path.Root("grant_type"),
			fmt.Sprintf("The application is of another type than the grant %s needs. Choose the grant_type that is the application's authenticator_type, or an application of that type.", want.grant)
	}
	diags.AddAttributeError(at, summary, strings.TrimSpace(remedy+"\n\n"+refusal.Error()))
}

// claimsType is the claims that are equal in two tokens of one user, so that
// outputs built on them do not change from plan to plan.
var (
	scopeTypes = map[string]attr.Type{
		"id": types.StringType, "email": types.StringType, "first_name": types.StringType, "last_name": types.StringType,
	}
	claimsTypes = map[string]attr.Type{
		"iss": types.StringType, "aud": types.StringType, "scope": types.ObjectType{AttrTypes: scopeTypes},
	}
)

// stable are the claims as Terraform has them.
func (c *Claims) stable() types.Object {
	scope := types.ObjectNull(scopeTypes)
	if c.Scope.IsUser() {
		scope = types.ObjectValueMust(scopeTypes, map[string]attr.Value{
			"id":         types.StringValue(c.Scope.ID),
			"email":      types.StringValue(c.Scope.Email),
			"first_name": types.StringValue(c.Scope.FirstName),
			"last_name":  types.StringValue(c.Scope.LastName),
		})
	}
	return types.ObjectValueMust(claimsTypes, map[string]attr.Value{
		"iss":   types.StringValue(c.Issuer),
		"aud":   types.StringValue(strings.Join(c.Audience, " ")),
		"scope": scope,
	})
}
