package oauth

import (
	"errors"
	"net/http"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// Revoke serves token revocation (RFC 7009). An access token or a refresh
// token ends its token family, and so all tokens of that sign-in (§2.1 allows
// it; an access token of ours is known only by its family). What is not a token
// of the application is none that it can revoke: 200, and nothing happens
// (§2.2), so that the endpoint does not tell whose token one is.
//
// The response is an empty object: §2.2 has clients ignore it, but some fail
// without one.
func (s *Server) Revoke() http.Handler {
	return s.forBrowsers(s.endpoint(EndpointRevoke, s.revoke), http.MethodPost)
}

func (s *Server) revoke(c *call) (any, *Error) {
	client, refusal := s.authenticateClient(c)
	if refusal != nil {
		return nil, refusal
	}
	token := c.get(paramToken)
	if token == "" {
		return nil, invalidRequest(ReasonMalformed, "token is missing.")
	}
	if refusal := s.useAssertionNow(c); refusal != nil {
		return nil, refusal
	}
	grant, err := s.grantOf(c, token)
	if err != nil {
		return nil, c.failed("look up the token", err)
	}
	if grant == nil || grant.Client.ApplicationID != client.ApplicationID {
		return struct{}{}, nil
	}
	if _, err := s.store.Direct(c.ctx).EndFamily(grant.Family.ID, "revoked by its application", c.now); err != nil {
		return nil, c.failed("end the token family", err)
	}
	c.event.FamilyID, c.event.UserID = grant.Family.ID, grant.Family.UserID
	return struct{}{}, nil
}

// grantOf looks up the family of an access or refresh token, whether or not
// that has expired, or returns nil.
func (s *Server) grantOf(c *call, token string) (*store.Grant, error) {
	var grant store.Grant
	var err error
	if isJWS(token) {
		var claims AccessClaims
		ok, failed := s.open(c.ctx, token, &claims)
		if failed != nil || !ok || claims.Issuer != Issuer {
			return nil, failed
		}
		grant, err = s.store.Direct(c.ctx).GrantByFamily(claims.FamilyID())
	} else {
		grant, err = s.store.Direct(c.ctx).GrantByRefreshToken(store.Hash(token))
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return &grant, err
}

// isJWS tells an access token from a refresh token, which has no dots.
func isJWS(token string) bool { return strings.Contains(token, ".") }
