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
	presented := store.Hash(c.get(paramClientSecret))
	known := grantee
	if known == nil {
		known = &store.Grantee{SecretHash: make([]byte, sha256.Size)}
	}
	right := subtle.ConstantTimeCompare(presented, known.SecretHash)
	previous := subtle.ConstantTimeCompare(presented, known.PreviousSecretHash)
	if c.now.Before(known.PreviousSecretExpiresAt) {
		right |= previous
	}
	switch {
	case grantee == nil:
		return invalidClient(ReasonUnknownApplication)
	case right != 1:
		return invalidClient(ReasonWrongSecret)
	}
	c.event.ApplicationID, c.authenticated = grantee.ApplicationID, true
	return nil
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
