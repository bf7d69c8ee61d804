// Command zitadel-oidc is a client with github.com/zitadel/oidc, whose relying
// party signs in and whose resource server introspects.
package main

import (
	"context"
	"errors"
	"log"
	"os"

	"github.com/tci-pf/terraform-provider-atm/tools/clients/go/internal/driver"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/client/rs"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	issuer, id, secret := os.Getenv("ISSUER"), os.Getenv("CLIENT_ID"), os.Getenv("CLIENT_SECRET")
	party, err := rp.NewRelyingPartyOIDC(ctx, issuer, id, secret, os.Getenv("REDIRECT_URI"), []string{oidc.ScopeOpenID, oidc.ScopeEmail})
	if err != nil {
		return err
	}
	tokens, err := signIn(ctx, party)
	if err != nil {
		return err
	}
	user, err := rp.Userinfo[*oidc.UserInfo](ctx, tokens.AccessToken, tokens.TokenType, tokens.IDTokenClaims.Subject, party)
	if err != nil {
		return err
	}
	if user.Email != os.Getenv("EMAIL") || !bool(user.EmailVerified) {
		return errors.New("UserInfo is about another user")
	}
	tokens, err = rp.RefreshTokens[*oidc.IDTokenClaims](ctx, party, tokens.RefreshToken, "", "")
	if err != nil {
		return err
	}
	if err := endSession(ctx, party, issuer, id, secret, tokens); err != nil {
		return err
	}
	for range 2 {
		if err := driver.Rotate(ctx); err != nil {
			return err
		}
		if _, err := signIn(ctx, party); err != nil {
			return err
		}
	}
	return nil
}

func signIn(ctx context.Context, party rp.RelyingParty) (*oidc.Tokens[*oidc.IDTokenClaims], error) {
	const state = "a state"
	verifier := oauth2.GenerateVerifier()
	request := rp.AuthURL(state, party, rp.WithCodeChallenge(oauth2.S256ChallengeFromVerifier(verifier)))
	code, err := driver.SignIn(ctx, request, state)
	if err != nil {
		return nil, err
	}
	return rp.CodeExchange[*oidc.IDTokenClaims](ctx, code, party, rp.WithCodeVerifier(verifier))
}

// endSession revokes, introspects before and after, and signs out.
func endSession(ctx context.Context, party rp.RelyingParty, issuer, id, secret string, tokens *oidc.Tokens[*oidc.IDTokenClaims]) error {
	server, err := rs.NewResourceServerClientCredentials(ctx, issuer, id, secret)
	if err != nil {
		return err
	}
	before, err := rs.Introspect[*oidc.IntrospectionResponse](ctx, server, tokens.AccessToken)
	if err != nil {
		return err
	}
	if err := rp.RevokeToken(ctx, party, tokens.RefreshToken, "refresh_token"); err != nil {
		return err
	}
	after, err := rs.Introspect[*oidc.IntrospectionResponse](ctx, server, tokens.AccessToken)
	if err != nil {
		return err
	}
	if !before.Active || after.Active {
		return errors.New("introspection does not follow the revocation")
	}
	_, err = rp.EndSession(ctx, party, tokens.IDToken, os.Getenv("REDIRECT_URI"), "a state", "", nil)
	return err
}
