package oauth

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/federation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/ratelimit"
)

// guesses are the refusals of requests that may be guesses at a secret, or at a
// user or a code by an application that has no secret; or that have none, so
// that they do not tell whether the application exists. An application with the
// right secret is never limited. Refresh tokens are not among them: a client
// that repeatedly sends an invalid one gets the same error each time.
var guesses = map[Reason]bool{
	ReasonUnknownApplication: true, ReasonWrongSecret: true, ReasonNoSecret: true,
	ReasonUnknownUser: true, ReasonUserDisabled: true, ReasonNotAssigned: true, ReasonAssignmentDisabled: true,
	ReasonUnknownCode: true, ReasonCodeReplayed: true, ReasonCodeExpired: true,
	ReasonWrongRedirect: true, ReasonWrongVerifier: true, ReasonNeedsAssertion: true, ReasonAssertionType: true,
}

// isGuess reports whether a refusal is among guesses, or of an assertion whose
// issuer was at fault at most by its content.
func isGuess(reason Reason) bool {
	return guesses[reason] || strings.HasPrefix(string(reason), "assertion_") && reason != Reason(federation.FaultKeysUnreachable)
}

// limit counts a refusal, and replaces it by 429 when there were too many like
// it. It comes after the decision: a right client secret is never limited.
func (s *Server) limit(r *http.Request, c *call, refusal *Error) *Error {
	if s.limiter == nil || c.request == nil || c.authenticated || !isGuess(refusal.reason) ||
		(c.event.GrantType == grantRefreshToken && refusal.Code == codeInvalidGrant) {
		return refusal
	}
	what := c.event.GrantType
	if what == "" {
		what = c.event.Endpoint
	}
	retryAfter, limited := s.limiter.Fail(ratelimit.Key{
		Client: c.get(paramClientID), Grant: what, Address: ratelimit.Address(r.RemoteAddr),
	})
	if !limited {
		return refusal
	}
	return &Error{
		Status: http.StatusTooManyRequests, Code: codeSlowDown, reason: ReasonRateLimited, retryAfter: retryAfter,
		Description: "Too many failed requests of this client from this address.",
	}
}

// refusalTime is how long the refusal of a guess takes at least: longer than
// everything that differs between an unknown application, a wrong secret and
// an unknown user.
const refusalTime = 10 * time.Millisecond

// equalise makes refusals of guesses take the same time, for every reason.
func (s *Server) equalise(ctx context.Context, started time.Time, refusal *Error) {
	if !isGuess(refusal.reason) && refusal.reason != ReasonRateLimited {
		return
	}
	timer := time.NewTimer(time.Until(started.Add(refusalTime)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
