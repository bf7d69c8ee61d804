package atm

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

// Grants that [Client.IssueToken] knows.
const (
	GrantUserCredentials   = "user_credentials"
	GrantClientCredentials = "client_credentials"
)

// TokenRequest asks for tokens of an application.
type TokenRequest struct {
	Grant        string
	ClientID     string
	ClientSecret string
	// Assertion authenticates the client instead of ClientSecret; each attempt has a new one.
	Assertion *assertion.Source
	// LoginID is the user's email address; only for [GrantUserCredentials].
	LoginID string
}

// Tokens is what the token endpoint returns.
type Tokens struct {
	AccessToken string
	// RefreshToken and IDToken are empty for client credentials.
	RefreshToken string
	IDToken      string
	// ExpiresIn is the access token's lifespan in seconds.
	ExpiresIn int64
	// IssuedAt is when it was asked for, by the client's clock.
	IssuedAt time.Time
}

// tokenRequest spells the fields as ATM's user-credentials page does.
type tokenRequest struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret,omitempty"`
	GrantTypes   string `json:"grant_types,omitempty"`
	GrantType    string `json:"grantType,omitempty"`
	LoginID      string `json:"loginId,omitempty"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	// The names of RFC 7521 §4.2.
	AssertionType string `json:"client_assertion_type,omitempty"`
	Assertion     string `json:"client_assertion,omitempty"`
}

type tokenResponse struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	Expires      int64  `json:"exp_access_token,omitempty"`
	ExpiresIn    int64  `json:"expires_in,omitempty"`
}

// IssueToken asks the token endpoint for new tokens (ATM: user-credentials, client-credentials). A refusal is an
// [*OAuthError].
func (c *Client) IssueToken(ctx context.Context, request TokenRequest) (*Tokens, error) {
	return c.token(ctx, "issue token", repeatSafely, tokenRequest{
		ClientID: request.ClientID, ClientSecret: request.ClientSecret,
		GrantTypes: request.Grant, LoginID: request.LoginID,
	}, request.Assertion)
}

// RefreshTokens exchanges the refresh token in ATM's own form (ATM: refresh-token): no secret, but the id token. ATM
// returns a new refresh token and the old one is used up, also by a failure; where a response has none, the old one
// stays in use (RFC 6749 §6), and so does the id token. It is sent once, since a refresh token that comes twice ends
// its token family. A refusal is an [*OAuthError].
func (c *Client) RefreshTokens(ctx context.Context, clientID string, old *Tokens) (*Tokens, error) {
	fresh, err := c.token(ctx, "refresh token", neverRepeat, tokenRequest{
		ClientID: clientID, GrantType: "refresh_token",
		RefreshToken: old.RefreshToken, IDToken: old.IDToken,
	}, nil)
	if err != nil {
		return nil, err
	}
	fresh.RefreshToken = cmp.Or(fresh.RefreshToken, old.RefreshToken)
	fresh.IDToken = cmp.Or(fresh.IDToken, old.IDToken)
	return fresh, nil
}

func (c *Client) token(ctx context.Context, name string, repeat policy, body tokenRequest, source *assertion.Source) (*Tokens, error) {
	asked := c.now()
	r := newOAuthRequest(name, "/auth/token").withPolicy(repeat).withJSON(typeJSON, body)
	r.secrets = []string{body.ClientSecret, body.RefreshToken, body.IDToken}
	r.authenticate(source, func(token string) {
		body.AssertionType, body.Assertion = assertion.Type, token
		r.withJSON(typeJSON, body)
	})
	got, err := do(ctx, c, r, func(t *tokenResponse) error {
		if t.AccessToken == "" {
			return errors.New("access_token is empty")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &Tokens{
		AccessToken: got.AccessToken, RefreshToken: got.RefreshToken, IDToken: got.IDToken,
		ExpiresIn: cmp.Or(got.Expires, got.ExpiresIn), IssuedAt: asked,
	}, nil
}

// newOAuthRequest is a request to an endpoint of RFC 6749's kind. It carries its own credential.
func newOAuthRequest(name, path string) *request {
	r := newRequest(name, http.MethodPost, path).withStatus(http.StatusOK)
	r.anonymous, r.oauth = true, true
	return r
}

// authenticate asks the source, if there is one, for an assertion before each attempt; put puts it into the body.
func (r *request) authenticate(source *assertion.Source, put func(token string)) {
	if source == nil {
		return
	}
	r.prepare = func(ctx context.Context) (string, error) {
		tflog.Debug(ctx, "Authenticating with an assertion", map[string]any{"source": source.Name})
		token, err := source.Assertion(ctx)
		if err != nil {
			return "", err
		}
		put(token)
		return token, nil
	}
}

// Revocation asks ATM to end a token and its token family (RFC 7009).
type Revocation struct {
	ClientID     string
	ClientSecret string
	// Assertion authenticates the client instead of ClientSecret.
	Assertion *assertion.Source
	Token     string
}

// RevokeToken ends a token. An ATM that has no such endpoint (404, 405, 501) is no error.
func (c *Client) RevokeToken(ctx context.Context, revocation Revocation) error {
	form := url.Values{"client_id": {revocation.ClientID}, "token": {revocation.Token}}
	if revocation.Assertion == nil {
		form.Set("client_secret", revocation.ClientSecret)
	}
	r := newOAuthRequest("revoke token", "/auth/revoke").withHeader("Content-Type", typeForm)
	r.body, r.optional, r.secrets = []byte(form.Encode()), true, []string{revocation.ClientSecret, revocation.Token}
	r.authenticate(revocation.Assertion, func(token string) {
		form.Set("client_assertion_type", assertion.Type)
		form.Set("client_assertion", token)
		r.body = []byte(form.Encode())
	})
	if _, _, err := c.send(ctx, r); err != nil && !lacksEndpoint(err) {
		return err
	}
	return nil
}
