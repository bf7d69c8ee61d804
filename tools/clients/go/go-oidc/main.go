// Command go-oidc is a client with github.com/coreos/go-oidc and
// golang.org/x/oauth2.
package main

import (
	"context"
	"errors"
	"log"
	"os"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/tci-pf/terraform-provider-atm/tools/clients/go/internal/driver"
	"golang.org/x/oauth2"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	provider, err := oidc.NewProvider(ctx, os.Getenv("ISSUER"))
	if err != nil {
		return err
	}
	c := &client{
		provider: provider,
		config: oauth2.Config{
			ClientID: os.Getenv("CLIENT_ID"), ClientSecret: os.Getenv("CLIENT_SECRET"),
			Endpoint: provider.Endpoint(), RedirectURL: os.Getenv("REDIRECT_URI"),
			Scopes: []string{oidc.ScopeOpenID, "email"},
		},
		idTokens: provider.Verifier(&oidc.Config{ClientID: os.Getenv("CLIENT_ID")}),
		// An API with the settings that ATM's access tokens need.
		accessTokens: oidc.NewVerifier("atm", oidc.NewRemoteKeySet(ctx, os.Getenv("ISSUER")+"/auth/.well-known/jwks.json"),
			&oidc.Config{ClientID: os.Getenv("AUDIENCE")}),
	}
	token, err := c.signIn(ctx)
	if err != nil {
		return err
	}
	user, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return err
	}
	if user.Email != os.Getenv("EMAIL") || !user.EmailVerified {
		return errors.New("UserInfo is about another user")
	}
	if _, err := c.config.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token(); err != nil {
		return err
	}
	for range 2 {
		if err := driver.Rotate(ctx); err != nil {
			return err
		}
		if _, err := c.signIn(ctx); err != nil {
			return err
		}
	}
	return nil
}

type client struct {
	provider               *oidc.Provider
	config                 oauth2.Config
	idTokens, accessTokens *oidc.IDTokenVerifier
}

func (c *client) signIn(ctx context.Context) (*oauth2.Token, error) {
	const state, nonce = "a state", "a nonce"
	verifier := oauth2.GenerateVerifier()
	request := c.config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier))
	code, err := driver.SignIn(ctx, request, state)
	if err != nil {
		return nil, err
	}
	token, err := c.config.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, err
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := c.idTokens.Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	if idToken.Nonce != nonce {
		return nil, errors.New("the id token has another nonce")
	}
	if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
		return nil, err
	}
	_, err = c.accessTokens.Verify(ctx, token.AccessToken)
	return token, err
}
