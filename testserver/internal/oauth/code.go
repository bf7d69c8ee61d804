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
// and returns the redirect URL with it. Its errors are those of Code.
func (s *Server) IssueCode(ctx context.Context, request *AuthorizationRequest, userID string) (string, error) {
	code, err := s.Code(ctx, request, userID)
	if err != nil {
		return "", err
	}
	return request.responseURL(url.Values{"code": {code}}), nil
}

// Code returns a code for a user: 50 letters and digits, good once and for 60 s.
// It returns an *Error with code access_denied where the user is disabled or not
// enabled for the application; any other is the server's own.
func (s *Server) Code(ctx context.Context, request *AuthorizationRequest, userID string) (string, error) {
	now := s.clock.Now()
	event := Event{
		Endpoint: EndpointAuthorize, GrantType: grantAuthorizationCode, At: now,
		ApplicationID: request.ApplicationID, UserID: userID, Status: http.StatusSeeOther,
	}
	code, err := s.issueCode(ctx, request, userID)
	var refusal *Error
	switch {
	case errors.As(err, &refusal):
		event.Status, event.Code, event.Reason = refusal.Status, refusal.Code, refusal.reason
	case err != nil:
		event.Status, event.Code, event.Reason, event.Err = http.StatusInternalServerError, codeServerError, ReasonServerError, err
	}
	s.onEvent(ctx, event)
	return code, err
}

func (s *Server) issueCode(ctx context.Context, request *AuthorizationRequest, userID string) (string, error) {
	grant, err := s.store.Direct(ctx).GrantByUser(request.ClientID, userID)
	if err != nil {
		return "", fmt.Errorf("issue a code: %w", err)
	}
	if reason := mayUse(grant.Subject); reason != "" || grant.Grantee == nil {
		return "", accessDenied(reason)
	}
	now, code := s.clock.Now(), random.Code()
	err = s.store.Direct(ctx).CreateCode(store.AuthorizationCode{
		Hash: store.Hash(code), ApplicationID: request.ApplicationID, UserID: userID,
		RedirectURI: request.RedirectURI, CodeChallenge: request.CodeChallenge, Nonce: request.Nonce,
		AuthTime: now, CreatedAt: now, ExpiresAt: now.Add(codeLifespan),
	})
	if errors.Is(err, store.ErrReference) {
		return "", accessDenied(ReasonUnknownUser) // deleted since
	}
	if err != nil {
		return "", fmt.Errorf("issue a code: %w", err)
	}
	return code, nil
}

func accessDenied(reason Reason) *Error {
	return &Error{
		Status: http.StatusForbidden, Code: "access_denied", reason: reason,
		Description: "The user is disabled, or not enabled for this application.",
	}
}
