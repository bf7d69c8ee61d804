package atm

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
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
	// LoginID is the user's e-mail; only for [GrantUserCredentials].
	LoginID string
}

// Tokens is what the token endpoint answers.
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
}

type tokenResponse struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	IDToken      string `json:"id_token"`
	Expires      int64  `json:"exp_access_token"`
	ExpiresIn    int64  `json:"expires_in"`
}

// IssueToken asks the token endpoint for new tokens (ATM: user-credentials,
// client-credentials). A refusal is an [*OAuthError].
func (c *Client) IssueToken(ctx context.Context, request TokenRequest) (*Tokens, error) {
	return c.token(ctx, operation{name: "issue token", anonymous: true}, tokenRequest{
		ClientID: request.ClientID, ClientSecret: request.ClientSecret,
		GrantTypes: request.Grant, LoginID: request.LoginID,
	})
}

// RefreshTokens exchanges the refresh token in ATM's own form (ATM:
// refresh-token): no secret, but the id token. ATM answers a new refresh token
// and the old one is used up, whatever the outcome; where an answer holds none,
// the old one goes on (RFC 6749 §6), and so does the id token. It is sent once,
// since a refresh token that comes twice ends its family. A refusal is an
// [*OAuthError].
func (c *Client) RefreshTokens(ctx context.Context, clientID string, old *Tokens) (*Tokens, error) {
	fresh, err := c.token(ctx, operation{name: "refresh token", anonymous: true, repeat: repeatNever}, tokenRequest{
		ClientID: clientID, GrantType: "refresh_token",
		RefreshToken: old.RefreshToken, IDToken: old.IDToken,
	})
	if err != nil {
		return nil, err
	}
	fresh.RefreshToken = cmp.Or(fresh.RefreshToken, old.RefreshToken)
	fresh.IDToken = cmp.Or(fresh.IDToken, old.IDToken)
	return fresh, nil
}

func (c *Client) token(ctx context.Context, op operation, request tokenRequest) (*Tokens, error) {
	asked := c.now()
	body, err := json.Marshal(request) //nolint:gosec // the secret is what the token endpoint is asked with
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op.name, err)
	}
	got, err := c.oauth(ctx, op, "/auth/token", "application/json", body)
	if err != nil {
		return nil, err
	}
	answered, err := decode[tokenResponse](got)
	if err != nil {
		return nil, err
	}
	if answered.AccessToken == "" {
		return nil, fmt.Errorf("%s: the answer holds no access_token (%s)", op.name, got.trail.story())
	}
	tokens := &Tokens{
		AccessToken: answered.AccessToken, RefreshToken: answered.RefreshToken, IDToken: answered.IDToken,
		ExpiresIn: answered.Expires, IssuedAt: asked,
	}
	if tokens.ExpiresIn == 0 {
		tokens.ExpiresIn = answered.ExpiresIn
	}
	return tokens, nil
}

// oauth posts to a token endpoint; a refusal is an [*OAuthError], what is none
// of RFC 6749 a [*ProblemError].
func (c *Client) oauth(ctx context.Context, op operation, path, contentType string, body []byte) (*answer, error) {
	got, err := c.send(ctx, op, func(server string) (*http.Request, error) {
		req, err := http.NewRequest(http.MethodPost, strings.TrimSuffix(server, "/")+path, bytes.NewReader(body)) //nolint:noctx // send sets it
		if err == nil {
			req.Header.Set("Content-Type", contentType)
		}
		return req, err
	})
	if err != nil || got.status < 400 {
		return got, err
	}
	refusal := &OAuthError{Status: got.status, RequestID: got.trail.requestID, story: got.trail.story()}
	if json.Unmarshal(got.body, refusal) != nil || refusal.Code == "" {
		return got, got.problem() // a gateway's answer, or another service's
	}
	return got, refusal
}

// RevokeToken ends the token and its refresh family (RFC 7009). An ATM that
// has no such endpoint (404, 405, 501) is no error.
func (c *Client) RevokeToken(ctx context.Context, clientID, clientSecret, token string) error {
	form := url.Values{"client_id": {clientID}, "client_secret": {clientSecret}, "token": {token}}
	got, err := c.oauth(ctx, operation{name: "revoke token", anonymous: true}, "/auth/revoke",
		"application/x-www-form-urlencoded", []byte(form.Encode()))
	if got != nil {
		switch got.status {
		case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
			return nil
		}
	}
	return err
}
