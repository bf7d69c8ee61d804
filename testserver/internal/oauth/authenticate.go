package oauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// needClientID refuses a request that names no application.
func (c *call) needClientID() *Error {
	if c.get(paramClientID) != "" {
		return nil
	}
	return &Error{
		Status: http.StatusUnauthorized, Code: codeInvalidClient, reason: ReasonNoCredentials,
		Description: "The request needs client_id with client_secret, in the body or as HTTP Basic, or with client_assertion in the body.",
	}
}

// authenticate decides whether a request comes from the application that it
// names, which was looked up and is nil where there is none. It is the one
// place that decides: each method of client authentication (RFC 6749 §2.3) is a
// case. An unknown application is refused like one that proves nothing.
//
// A secret that a public client sends is refused, not ignored: who sends it
// believes that it protects something.
func (s *Server) authenticate(c *call, client *store.GrantClient) *Error {
	if c.get(paramClientAssertion) != "" {
		return s.authenticateByAssertion(c, client)
	}
	sent := c.get(paramClientSecret) != ""
	right := c.secretIsRight(client)
	switch {
	case client == nil && !sent:
		return missingSecret(ReasonUnknownApplication)
	case client == nil:
		return invalidClient(ReasonUnknownApplication)
	case client.ClientAuthentication == rules.NoAuthentication && sent:
		return publicClient("The application is a public client (clientAuthentication is none): it must not send a client_secret.")
	case client.ClientAuthentication == rules.NoAuthentication: // named, and nothing proved
		c.event.Method = MethodNone
	case client.ClientAuthentication == rules.AssertionAuthentication && !sent:
		return missingSecret(ReasonNeedsAssertion)
	case client.ClientAuthentication == rules.AssertionAuthentication:
		return invalidClient(ReasonNeedsAssertion)
	case !sent:
		return missingSecret(ReasonNoSecret)
	case !right:
		return invalidClient(ReasonWrongSecret)
	default:
		c.authenticated, c.event.Method = true, MethodSecret
	}
	c.event.ApplicationID = client.ApplicationID
	return nil
}

// secretIsRight compares the secret that was sent with those of an application,
// in the same time where there is none.
func (c *call) secretIsRight(client *store.GrantClient) bool {
	known := client
	if known == nil {
		known = &store.GrantClient{SecretHash: make([]byte, sha256.Size)}
	}
	return c.compare(c.get(paramClientSecret), known)|c.compare(c.rawSecret, known) == 1
}

// compare returns 1 for the application's secret, or its previous one during
// the overlap, and else 0.
func (c *call) compare(secret string, known *store.GrantClient) int {
	presented := store.Hash(secret)
	right := subtle.ConstantTimeCompare(presented, known.SecretHash)
	previous := subtle.ConstantTimeCompare(presented, known.PreviousSecretHash)
	if c.now.Before(known.PreviousSecretExpiresAt) {
		right |= previous
	}
	return right
}

// authenticateClient looks up and authenticates the application of a request in
// which no user has a part. Of a public client, nothing is proved:
// c.authenticated tells.
func (s *Server) authenticateClient(c *call) (*store.GrantClient, *Error) {
	if refusal := c.needClientID(); refusal != nil {
		return nil, refusal
	}
	grant, err := s.store.Direct(c.ctx).GrantByClientID(c.get(paramClientID))
	if err != nil {
		return nil, c.failed("authenticate", err)
	}
	if refusal := s.authenticate(c, grant.Client); refusal != nil {
		return nil, refusal
	}
	return grant.Client, nil
}

// needType refuses an application of another authenticator type than the grant
// is for.
func needType(client *store.GrantClient, types ...string) *Error {
	for _, t := range types {
		if client.AuthenticatorType == t {
			return nil
		}
	}
	return &Error{
		Status: http.StatusBadRequest, Code: codeUnauthorizedClient, reason: ReasonWrongType,
		Description: "The application's authenticator type, " + client.AuthenticatorType + ", does not allow this grant.",
	}
}

// mayUse tells why a user may not use the application, or nothing. The user
// must be enabled, and enabled for the application.
func mayUse(user *store.GrantUser) Reason {
	switch {
	case user == nil:
		return ReasonUnknownUser
	case !user.Enabled:
		return ReasonUserDisabled
	case !user.Assigned:
		return ReasonNotAssigned
	case !user.AssignmentEnabled:
		return ReasonAssignmentDisabled
	}
	return ""
}

// lifespan returns when a token that lives for so long expires. Tokens count
// in whole seconds.
func lifespan(now time.Time, span time.Duration) time.Time {
	return now.Truncate(time.Second).Add(span)
}
