// Command zitadel-oidc is a client with github.com/zitadel/oidc, whose relying
// party signs in and whose resource server introspects.
package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"

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
		if _, err := ask(ctx, http.MethodPost, "/rotate"); err != nil {
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
	answer, err := ask(ctx, http.MethodGet, "/sign-in?url="+url.QueryEscape(request))
	if err != nil {
		return nil, err
	}
	response, err := url.Parse(answer)
	if err != nil || response.Query().Get("state") != state {
		return nil, errors.New("the response has another state")
	}
	return rp.CodeExchange[*oidc.IDTokenClaims](ctx, response.Query().Get("code"), party, rp.WithCodeVerifier(verifier))
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

// ask makes a request to the driver.
func ask(ctx context.Context, method, path string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, method, os.Getenv("DRIVER")+path, nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK {
		err = errors.New(string(body))
	}
	return string(body), err
}
