package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// codeLifespan is how long a code is good for.
const codeLifespan = time.Minute

// IssueCode ends a sign-in: it gives a user who has proved who he is a code
// (50 letters and digits, good once and for 60 s) and returns the response with
// it. It returns an *Error with code access_denied where the user is
// disabled or not enabled for the application; any other is the server's own.
func (s *Server) IssueCode(ctx context.Context, request *AuthorizationRequest, userID string) (*AuthorizationResponse, error) {
	now := s.clock.Now()
	event := Event{
		Endpoint: EndpointAuthorize, GrantType: grantAuthorizationCode, At: now,
		ApplicationID: request.ApplicationID, UserID: userID,
	}
	response, err := s.issueCode(ctx, request, userID)
	var refusal *Error
	switch {
	case errors.As(err, &refusal):
		event.Status, event.Code, event.Reason = refusal.Status, refusal.Code, refusal.reason
	case err != nil:
		event.Status, event.Code, event.Reason, event.Err = http.StatusInternalServerError, codeServerError, ReasonServerError, err
	default:
		event.Status = response.Status()
	}
	s.onEvent(ctx, event)
	return response, err
}

func (s *Server) issueCode(ctx context.Context, request *AuthorizationRequest, userID string) (*AuthorizationResponse, error) {
	grant, err := s.store.Direct(ctx).GrantByUser(request.ClientID, userID)
	if err != nil {
		return nil, fmt.Errorf("issue a code: %w", err)
	}
	if reason := mayUse(grant.User); reason != "" || grant.Client == nil {
		return nil, accessDenied(reason)
	}
	now, code := s.clock.Now(), random.Code()
	err = s.store.Direct(ctx).CreateCode(store.AuthorizationCode{
		Hash: store.Hash(code), ApplicationID: request.ApplicationID, UserID: userID,
		RedirectURI: request.RedirectURI, CodeChallenge: request.CodeChallenge, Nonce: request.Nonce,
		AuthTime: now, CreatedAt: now, ExpiresAt: now.Add(codeLifespan),
	})
	if errors.Is(err, store.ErrReference) {
		return nil, accessDenied(ReasonUnknownUser) // deleted since
	}
	if err != nil {
		return nil, fmt.Errorf("issue a code: %w", err)
	}
	return request.response(url.Values{"code": {code}}), nil
}

func accessDenied(reason Reason) *Error {
	return &Error{
		Status: http.StatusForbidden, Code: codeAccessDenied, reason: reason,
		Description: "The user is disabled, or not enabled for this application.",
	}
}
