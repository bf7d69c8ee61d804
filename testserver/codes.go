package testserver

import (
	"context"
	"errors"
	"net/url"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/testcontrol"
)

// CodeRequest is an authorization request, and who signs in.
type CodeRequest struct {
	// ClientID is that of an application of the Authorization Flow or the
	// Authorization PKCE Flow.
	ClientID string
	// LoginID is the user's email address.
	LoginID string
	// RedirectURI is one of the application's redirect URLs. It may be empty if
	// the application has only one.
	RedirectURI string
	// CodeChallenge is the S256 challenge of PKCE (RFC 7636 §4.2), which the
	// Authorization PKCE Flow requires.
	CodeChallenge string
	// Nonce is put into the id token.
	Nonce string
	// Scope is that of RFC 6749 §3.3, which has no effect.
	Scope string
}

// AuthorizationCode returns a code as the sign-in page would, for tests of a
// callback without a browser: 50 letters and digits, good once and for a minute
// of the server's time. It needs no password. What the page refuses, it refuses
// for the same reason, which the error names.
func (s *Server) AuthorizationCode(ctx context.Context, request CodeRequest) (string, error) {
	return s.issueCode(ctx, testcontrol.CodeRequest(request))
}

func (s *Server) issueCode(ctx context.Context, request testcontrol.CodeRequest) (string, error) {
	s.resetting.RLock()
	defer s.resetting.RUnlock()
	form := url.Values{
		"client_id": {request.ClientID}, "redirect_uri": {request.RedirectURI}, "nonce": {request.Nonce}, "scope": {request.Scope},
	}
	if request.CodeChallenge != "" {
		form.Set("code_challenge", request.CodeChallenge)
		form.Set("code_challenge_method", "S256")
	}
	authorization, err := s.components.oauth.ParseAuthorization(ctx, form)
	if refusal, refused := errors.AsType[*oauth.AuthorizationError](err); refused {
		s.observeToken(ctx, refusal.Event(s.Clock.Now()))
		return "", problem.InvalidRequest(refusal.Refusal.Description)
	}
	if err != nil {
		return "", err
	}
	user, err := s.store.Direct(ctx).UserByEmail(request.LoginID)
	if errors.Is(err, store.ErrNotFound) {
		return "", problem.InvalidField("/loginId", "must be the email address of a user")
	}
	if err != nil {
		return "", err
	}
	response, err := s.components.oauth.IssueCode(ctx, authorization, user.ID)
	if refusal, refused := errors.AsType[*oauth.Error](err); refused {
		return "", problem.InvalidRequest(refusal.Description)
	}
	if err != nil {
		return "", err
	}
	return response.Params.Get("code"), nil
}
