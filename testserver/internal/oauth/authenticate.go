package oauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// needCredentials refuses a request that has no client id or no secret.
func (c *call) needCredentials() *Error {
	if c.get(paramClientID) != "" && c.get(paramClientSecret) != "" {
		return nil
	}
	return &Error{
		Status: http.StatusUnauthorized, Code: codeInvalidClient, reason: ReasonNoCredentials,
		Description: "The request needs client_id and client_secret, in the body or as HTTP Basic.",
	}
}

// authenticate checks the client secret of the application that was looked up,
// or nil, in the same time either way.
func (c *call) authenticate(grantee *store.Grantee) *Error {
	known := grantee
	if known == nil {
		known = &store.Grantee{SecretHash: make([]byte, sha256.Size)}
	}
	right := c.compare(c.get(paramClientSecret), known) | c.compare(c.rawSecret, known)
	switch {
	case grantee == nil:
		return invalidClient(ReasonUnknownApplication)
	case right != 1:
		return invalidClient(ReasonWrongSecret)
	}
	c.event.ApplicationID, c.authenticated = grantee.ApplicationID, true
	return nil
}

// compare returns 1 for the application's secret, or its previous one during
// the overlap, and else 0.
func (c *call) compare(secret string, known *store.Grantee) int {
	presented := store.Hash(secret)
	right := subtle.ConstantTimeCompare(presented, known.SecretHash)
	previous := subtle.ConstantTimeCompare(presented, known.PreviousSecretHash)
	if c.now.Before(known.PreviousSecretExpiresAt) {
		right |= previous
	}
	return right
}

// authenticateAlone looks up and authenticates the application of a request in
// which no user has a part.
func (s *Server) authenticateAlone(c *call) (*store.Grantee, *Error) {
	if refusal := c.needCredentials(); refusal != nil {
		return nil, refusal
	}
	grant, err := s.store.Direct(c.ctx).GrantByClientID(c.get(paramClientID))
	if err != nil {
		return nil, c.failed("authenticate", err)
	}
	if refusal := c.authenticate(grant.Grantee); refusal != nil {
		return nil, refusal
	}
	return grant.Grantee, nil
}

// needType refuses an application of another authenticator type than the grant
// is for.
func needType(grantee *store.Grantee, types ...string) *Error {
	for _, t := range types {
		if grantee.AuthenticatorType == t {
			return nil
		}
	}
	return &Error{
		Status: http.StatusBadRequest, Code: codeUnauthorizedClient, reason: ReasonWrongType,
		Description: "The application's authenticator type, " + grantee.AuthenticatorType + ", does not allow this grant.",
	}
}

// mayUse tells why a user may not use the application, or nothing. The user
// must be enabled, and enabled for the application.
func mayUse(subject *store.Subject) Reason {
	switch {
	case subject == nil:
		return ReasonUnknownUser
	case !subject.Enabled:
		return ReasonUserDisabled
	case !subject.Assigned:
		return ReasonNotAssigned
	case !subject.AssignmentEnabled:
		return ReasonAssignmentDisabled
	}
	return ""
}

// lifespan returns when a token that lives for so long expires. Tokens count
// in whole seconds.
func lifespan(now time.Time, span time.Duration) time.Time {
	return now.Truncate(time.Second).Add(span)
}
