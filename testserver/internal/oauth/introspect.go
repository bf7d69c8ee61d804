package oauth

import (
	"errors"
	"net/http"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// Introspect serves token introspection (RFC 7662) to applications, which
// authenticate as at the token endpoint (§2.1).
//
// An application sees its own tokens, and with introspection access those of
// its suite: a resource server is asked about tokens of other applications. A
// token that anyone could ask about tells anyone who its user is (§4, §5); of
// every other token the response is therefore `active: false`, as of one that
// does not exist (§2.2), and a public client, which could be anyone, is refused.
func (s *Server) Introspect() http.Handler {
	return s.endpoint(EndpointIntrospect, s.introspect)
}

// introspection is the response (RFC 7662 §2.2). It has no `scope`: that is a
// string there, and an object in ATM's tokens.
type introspection struct {
	Active    bool   `json:"active"`
	Issuer    string `json:"iss,omitempty"`
	Audience  string `json:"aud,omitempty"`
	Subject   string `json:"sub,omitempty"`
	ClientID  string `json:"client_id,omitempty"`
	Username  string `json:"username,omitempty"`
	TokenType string `json:"token_type,omitempty"`
	IssuedAt  int64  `json:"iat,omitempty"`
	ExpiresAt int64  `json:"exp,omitempty"`
	ID        string `json:"jti,omitempty"`
}

func (s *Server) introspect(c *call) (any, *Error) {
	client, refusal := s.authenticateClient(c)
	if refusal != nil {
		return nil, refusal
	}
	if !c.authenticated {
		return nil, publicClient("Introspection needs an application that authenticates, and this one is a public client (RFC 7662, section 2.1).")
	}
	token := c.get(paramToken)
	if token == "" {
		return nil, invalidRequest(ReasonMalformed, "token is missing.")
	}
	if refusal := s.useAssertionNow(c); refusal != nil {
		return nil, refusal
	}
	look := s.introspectRefreshToken
	if isJWS(token) {
		look = s.introspectAccessToken
	}
	response, err := look(c, token, client)
	if err != nil {
		return nil, c.failed("introspect", err)
	}
	return response, nil
}

// sees reports whether an application may know about the tokens of another one.
func sees(asking, issuedTo *store.GrantClient) bool {
	return asking.ApplicationID == issuedTo.ApplicationID || (asking.IntrospectionAccess && asking.SuiteID == issuedTo.SuiteID)
}

func (s *Server) introspectAccessToken(c *call, token string, asking *store.GrantClient) (introspection, error) {
	v, err := s.Verify(c.ctx, token)
	if errors.Is(err, ErrInvalidToken) || (err == nil && !sees(asking, &v.Client)) {
		return introspection{}, nil
	}
	if err != nil {
		return introspection{}, err
	}
	c.event.FamilyID, c.event.UserID = v.Family.ID, v.Family.UserID
	return introspection{
		Active: true, Issuer: v.Claims.Issuer, Audience: v.Claims.Audience, Subject: v.Claims.Scope.ID,
		ClientID: v.Client.ClientID, Username: v.Claims.Scope.Email, TokenType: "Bearer",
		IssuedAt: v.Claims.IssuedAt, ExpiresAt: v.Claims.ExpiresAt, ID: v.Claims.ID,
	}, nil
}

func (s *Server) introspectRefreshToken(c *call, token string, asking *store.GrantClient) (introspection, error) {
	grant, err := s.store.Direct(c.ctx).GrantByRefreshToken(store.Hash(token))
	if errors.Is(err, store.ErrNotFound) {
		return introspection{}, nil
	}
	if err != nil {
		return introspection{}, err
	}
	family := grant.Family
	if !sees(asking, grant.Client) || !family.RevokedAt.IsZero() ||
		!c.now.Before(family.RefreshExpiresAt) || (grant.Used && !c.repeats(grant)) || mayUse(grant.User) != "" {
		return introspection{}, nil
	}
	c.event.FamilyID, c.event.UserID = family.ID, family.UserID
	return introspection{
		Active: true, Issuer: Issuer, Audience: grant.Client.ApplicationID, Subject: family.UserID,
		ClientID: grant.Client.ClientID, Username: grant.User.Email,
		ExpiresAt: family.RefreshExpiresAt.Unix(),
	}, nil
}
