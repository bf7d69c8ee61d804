package oauth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// ErrInvalidToken is returned by Verify for an access token that does not
// count; the text after it says why, without the token.
var ErrInvalidToken = errors.New("the access token is not valid")

// Verified is an access token that counts now, with what the store knows of
// its application and user now.
type Verified struct {
	Claims  AccessClaims
	Family  store.RefreshFamily
	Grantee store.Grantee
	// Subject is nil for a client-credentials token.
	Subject *store.Subject
}

// Verify checks an access token of this server: form, signature, issuer and
// time (RFC 8725), and that its family has not been revoked, and its user is
// still enabled and enabled for the application. It returns an error that is
// ErrInvalidToken where it does not count; any other is the server's own.
func (s *Server) Verify(ctx context.Context, token string) (*Verified, error) {
	var claims AccessClaims
	ok, err := s.open(ctx, token, &claims)
	if err != nil {
		return nil, fmt.Errorf("verify an access token: %w", err)
	}
	if !ok {
		return nil, invalidToken("it was not signed by this server")
	}
	if reason := claims.wrong(s.clock.Now()); reason != "" {
		return nil, invalidToken(reason)
	}
	grant, err := s.store.Direct(ctx).GrantByFamily(claims.FamilyID())
	if errors.Is(err, store.ErrNotFound) {
		return nil, invalidToken("it is unknown here, or has long expired")
	}
	if err != nil {
		return nil, fmt.Errorf("verify an access token: %w", err)
	}
	if reason := claims.inconsistent(grant); reason != "" {
		return nil, invalidToken(reason)
	}
	return &Verified{Claims: claims, Family: *grant.Family, Grantee: *grant.Grantee, Subject: grant.Subject}, nil
}

func invalidToken(reason string) error { return fmt.Errorf("%w: %s", ErrInvalidToken, reason) }

// wrong tells what is wrong with the claims by themselves.
func (c AccessClaims) wrong(now time.Time) string {
	switch {
	case c.Issuer != Issuer:
		return "it is not an access token"
	case now.Unix() >= c.ExpiresAt:
		return "it has expired"
	case now.Unix() < c.NotBefore:
		return "it is not valid yet"
	}
	return ""
}

// inconsistent tells what in the store speaks against the claims.
func (c AccessClaims) inconsistent(grant store.Grant) string {
	switch {
	case !grant.Family.RevokedAt.IsZero():
		return "it was revoked"
	case grant.Grantee.ApplicationID != c.Audience, grant.Family.UserID != c.Scope.ID:
		return "it is not what was issued"
	case grant.Family.UserID != "" && mayUse(grant.Subject) != "":
		return "its user is disabled, or not enabled for the application any more"
	}
	return ""
}
