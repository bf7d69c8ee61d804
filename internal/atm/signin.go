package atm

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"golang.org/x/sync/singleflight"

	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

// signIn gets the provider's own access token by ATM's user-credentials flow,
// at the first request that needs one, and renews it by the refresh grant.
type signIn struct {
	client   *Client
	clientID string
	secret   Secret
	// assertion authenticates instead of secret, where it is not nil.
	assertion *assertion.Source
	loginID   string
	source    func(setting string) string // the name by which the user knows a setting
	now       func() time.Time

	// group lets the requests that miss a token at the same time share one
	// sign-in.
	group singleflight.Group

	mu      sync.Mutex
	current *session
	refusal error  // why ATM refused to sign in,
	refused string // the [credential.id] that it refused
	// distrusted counts the sign-ins in a row whose token ATM never took.
	distrusted int
}

// maxDistrusted is how many sign-ins in a row may give a token that ATM does not take, before the provider stops
// signing in: more would only run into ATM's limits.
const maxDistrusted = 1

// session is a token and what is known of it.
type session struct {
	tokens   *Tokens
	renewAt  time.Time
	signedIn bool // by a sign-in, not by a refresh
	accepted bool // ATM has returned another status than 401 to it
}

func (s *signIn) caller() string { return s.loginID }

func (s *signIn) accepted(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil && s.current.tokens.AccessToken == token {
		s.current.accepted, s.distrusted = true, 0
	}
}

// neverTaken is the error of a sign-in whose tokens the management API refuses.
func (s *signIn) neverTaken() error {
	return &SignInError{
		Reason: fmt.Sprintf("ATM signs the provider in and then refuses the token (401): the application of %s has no management access"+
			" (a super admin sets managementAccess; in Terraform, management_access = true), or requests to %s reach two different servers",
			s.source("client_id"), s.source("endpoint")),
	}
}

func (s *signIn) token(ctx context.Context, refused string, refusals int) (string, error) {
	if token := s.valid(refused); token != "" {
		return token, nil
	}
	if refusals > 1 {
		return "", s.neverTaken()
	}
	return share(ctx, &s.group, "", func(ctx context.Context) (string, error) {
		if token := s.valid(refused); token != "" {
			return token, nil
		}
		return s.renew(ctx, refused)
	})
}

func (s *signIn) valid(refused string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil || s.current.tokens.AccessToken == refused || !s.now().Before(s.current.renewAt) {
		return ""
	}
	return s.current.tokens.AccessToken
}

func (s *signIn) renew(ctx context.Context, refused string) (string, error) {
	s.mu.Lock()
	old := s.current
	s.mu.Unlock()

	distrusted := old != nil && old.tokens.AccessToken == refused && old.signedIn && !old.accepted
	if distrusted && s.countDistrusted() > maxDistrusted {
		return "", s.neverTaken()
	}
	if old != nil && !distrusted && old.tokens.RefreshToken != "" && old.tokens.IDToken != "" {
		fresh, err := s.client.RefreshTokens(ctx, s.clientID, old.tokens)
		if err == nil {
			return s.keep(fresh, false), nil
		}
		// A refresh token may be used only once, even if the response failed:
		// sign in.
		tflog.Debug(ctx, "The refresh token is not valid any more, so the provider signs in again", map[string]any{"error": err.Error()})
		return s.signIn(ctx, "the refresh token of the provider's sign-in is not valid any more, and the provider could not sign in again")
	}
	return s.signIn(ctx, "the provider could not sign in")
}

func (s *signIn) countDistrusted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.distrusted++
	return s.distrusted
}

// signIn signs in. failed begins the error of a sign-in that ATM did not even refuse.
func (s *signIn) signIn(ctx context.Context, failed string) (string, error) {
	with, err := s.credential(ctx, failed)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	refusal, refused := s.refusal, s.refused
	s.mu.Unlock()
	if refusal != nil && refused == with.id {
		return "", refusal // asking again would only run into the limit for failures
	}

	fresh, err := s.client.IssueToken(ctx, TokenRequest{
		Grant: GrantUserCredentials, ClientID: s.clientID, ClientSecret: with.secret, Assertion: with.assertion, LoginID: s.loginID,
	})
	var refusedBy *OAuthError
	if errors.As(err, &refusedBy) {
		err = s.explain(refusedBy, with)
		s.mu.Lock()
		s.refusal, s.refused = err, with.id
		s.mu.Unlock()
	}
	if err != nil {
		var known *SignInError
		if errors.As(err, &known) {
			return "", err
		}
		return "", &SignInError{Reason: s.noResponse(err, failed), Err: err}
	}
	return s.keep(fresh, true), nil
}

// noResponse says what a sign-in met that was not even refused.
func (s *signIn) noResponse(err error, failed string) string {
	var foreign *UnexpectedResponseError
	if errors.As(err, &foreign) && missingEndpoint(foreign.Status) {
		return fmt.Sprintf("not an ATM server: there is no token endpoint below %s, which is the base URL, without /api or /auth", s.source("endpoint"))
	}
	return failed
}

func (s *signIn) keep(fresh *Tokens, signedIn bool) string {
	s.client.redact.learn(fresh.AccessToken, fresh.RefreshToken, fresh.IDToken)
	lifetime := time.Duration(fresh.ExpiresIn) * time.Second
	margin := min(30*time.Second, lifetime/10)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = &session{
		tokens:   fresh,
		renewAt:  fresh.IssuedAt.Add(lifetime - margin),
		signedIn: signedIn,
	}
	return fresh.AccessToken
}

func (s *signIn) explain(refusal *OAuthError, with *credential) error {
	switch refusal.Code {
	case "invalid_client":
		return &SignInError{Reason: "ATM refused to sign the provider in: " + s.explainClient(with), Err: refusal}
	case "invalid_grant":
		return &SignInError{
			Reason: fmt.Sprintf("ATM refused to sign the provider in: %s %q is not a user, or is disabled, or is not enabled for the application of %s",
				s.source("login_id"), s.loginID, s.source("client_id")),
			Err: refusal,
		}
	case "unauthorized_client":
		return &SignInError{
			Reason: fmt.Sprintf("ATM refused to sign the provider in: the application of %s is not of the User Credentials Flow", s.source("client_id")),
			Err:    refusal,
		}
	}
	return &SignInError{Reason: "ATM refused to sign the provider in", Err: refusal}
}
