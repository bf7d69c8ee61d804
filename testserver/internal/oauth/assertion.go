package oauth

import (
	"errors"
	"net/http"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/federation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// assertionType is the only client_assertion_type (RFC 7523 §2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// federatedLifetime is how long the tokens of a federated sign-in can be
// refreshed: ATM's form of the refresh needs no secret, so without this limit
// the job's identity would be of use long after the job.
const federatedLifetime = 6 * time.Hour

// checkMethods refuses an assertion without its type, a type without its
// assertion, and a secret beside either (RFC 6749 §2.3: one method a request).
func (r *request) checkMethods() *Error {
	assertion, kind := r.get(paramClientAssertion) != "", r.get(paramClientAssertionType) != ""
	switch {
	case !assertion && !kind:
		return nil
	case r.basic || r.get(paramClientSecret) != "":
		return invalidRequest(ReasonMalformed, "The request authenticates in two ways: it must have either a client secret or a client_assertion.")
	case !assertion || !kind:
		return invalidRequest(ReasonMalformed, "client_assertion and client_assertion_type have to be sent together.")
	}
	return nil
}

// authenticateByAssertion is authenticate for a request with an assertion: of an
// issuer that the application trusts, or signed by the application
// (private_key_jwt). For every fault the response is the same.
func (s *Server) authenticateByAssertion(c *call, client *store.GrantClient) *Error {
	switch {
	case c.get(paramClientAssertionType) != assertionType:
		return invalidClient(ReasonAssertionType)
	case client == nil:
		return invalidClient(ReasonUnknownApplication)
	case client.ClientAuthentication == rules.NoAuthentication:
		return invalidClient(ReasonPublicClient)
	}
	credentials, keys, err := s.store.Direct(c.ctx).Credentials(client.ApplicationID)
	if errors.Is(err, store.ErrNotFound) {
		return invalidClient(ReasonUnknownApplication)
	}
	if err != nil {
		return c.failed("authenticate", err)
	}
	request := federation.Request{
		Assertion: c.get(paramClientAssertion), ApplicationID: client.ApplicationID, ClientID: client.ClientID,
		Credentials: credentials, Keys: keys, Issuer: s.issuer(), Now: c.now,
	}
	if c.event.GrantType == grantUserCredentials {
		request.Login = c.get(paramLoginID)
	}
	verified, refusal := s.issuers.Verify(c.ctx, request)
	if refusal != nil {
		return refusedAssertion(refusal)
	}
	if refusal := s.refuseUsed(c, verified.Use); refusal != nil {
		return refusal
	}
	c.assertion, c.authenticated = &verified, true
	c.event.ApplicationID, c.event.Method = client.ApplicationID, MethodKey
	c.event.Credential = verified.KeyID
	if verified.Credential != nil {
		c.event.Method, c.event.Credential = MethodFederated, verified.Credential.Name
	}
	return nil
}

// refuseUsed refuses an assertion that is valid once and was used, so that who has
// only that learns nothing of users and tokens either.
func (s *Server) refuseUsed(c *call, use store.Assertion) *Error {
	if use.Once == nil {
		return nil
	}
	used, err := s.store.Direct(c.ctx).IsAssertionUsed(use.Once)
	if err != nil {
		return c.failed("authenticate", err)
	}
	if used {
		return invalidClient(Reason(federation.FaultReplayed))
	}
	return nil
}

func refusedAssertion(refusal *federation.Refusal) *Error {
	if refusal.Fault == federation.FaultKeysUnreachable {
		return &Error{
			Status: http.StatusServiceUnavailable, Code: codeTemporarilyUnavailable, reason: Reason(refusal.Fault),
			Description: "The keys of the assertion's issuer cannot be read now.", retryAfter: refusal.RetryAfter,
		}
	}
	return invalidClient(Reason(refusal.Fault))
}

// needLogin refuses a user who became known after the application authenticated
// and whom its federated credential does not sign in.
func (c *call) needLogin(user *store.GrantUser) *Error {
	if c.assertion == nil || c.assertion.Credential == nil || user == nil || federation.SignsIn(c.assertion.Credential, user.Email) {
		return nil
	}
	return invalidClient(Reason(federation.FaultLogin))
}

// bind makes a new family end with the credential that authenticated its
// application.
func (c *call) bind(family *store.TokenFamily) {
	if c.assertion == nil {
		return
	}
	family.Credential = c.assertion.Use.Credential
	if c.assertion.Credential != nil {
		family.EndsAt = lifespan(family.AuthTime, federatedLifetime)
	}
}

// useAssertion makes the request's assertion count, where it has one, in the
// transaction that does what was asked for.
func (c *call) useAssertion(tx *store.Tx) error {
	if c.assertion == nil {
		return nil
	}
	return tx.UseAssertion(c.assertion.Use)
}

// useAssertionNow is useAssertion for a request that changes nothing else.
func (s *Server) useAssertionNow(c *call) *Error {
	if c.assertion == nil {
		return nil
	}
	if err := s.store.Write(c.ctx, c.useAssertion); err != nil {
		return c.failed("use the assertion", err)
	}
	return nil
}

// unusable tells why an assertion does not count any more, where err says so.
func unusable(err error) *Error {
	switch {
	case errors.Is(err, store.ErrAssertionUsed):
		return invalidClient(Reason(federation.FaultReplayed))
	case errors.Is(err, store.ErrCredentialGone):
		return invalidClient(Reason(federation.FaultChanged))
	}
	return nil
}

// until caps when a token of a family expires.
func until(family *store.TokenFamily, expires time.Time) time.Time {
	if !family.EndsAt.IsZero() && expires.After(family.EndsAt) {
		return family.EndsAt
	}
	return expires
}
