package assertion

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// Type is the client_assertion_type of every assertion (RFC 7523 §2.2).
const Type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// federated is [Source.Trusted] of a token that another issuer signed.
const federated = "federated_credentials (issuer, subject, audience and claims, in which letter case and a final slash count)"

// Source gives assertions, a new one each time where it can.
type Source struct {
	// Name is how the user knows the source: a setting, an environment variable
	// or a CI system.
	Name string
	// Trusted names the attributes of the application that have to fit the assertion.
	Trusted string
	// Rewritten reports whether another program replaces the token, so that after
	// a refused one the next may be right.
	Rewritten bool

	// gives begins a sentence about its token after the name, as "contains a token".
	gives string
	// audience is the only aud that the token may have; empty: not compared.
	audience string
	// remedy is what helps against a token that has expired.
	remedy string
	// secrets are what the source knows before it is asked.
	secrets []string
	// remote sources cost a request.
	remote bool
	get    func(ctx context.Context) (string, error)
	now    func() time.Time
	last   atomic.Pointer[claims]
}

// Assertion returns a JWT to authenticate with once. It refuses a token that the
// server would not accept: one that is no JWT, for another audience, or expired.
// The error is an [*Error].
func (s *Source) Assertion(ctx context.Context) (string, error) {
	token, err := s.get(ctx)
	if err != nil {
		return "", &Error{s.Name, err}
	}
	read, err := s.check(token)
	if err != nil {
		return "", &Error{s.Name, err}
	}
	if expires := read.expires(); !expires.IsZero() && !s.now().Before(expires.Add(leeway)) {
		return "", &Error{s.Name, fmt.Errorf("%s that expired at %s. %s", s.gives, expires.UTC().Format(time.RFC3339), s.remedy)}
	}
	s.last.Store(read)
	return token, nil
}

// Last describes the last assertion: what ATM compares, which is no secret.
func (s *Source) Last() string {
	last := s.last.Load()
	if last == nil {
		return "none was sent"
	}
	return fmt.Sprintf("iss %s, sub %s, aud %s", quote(last.Issuer), quote(last.Subject), last.audiences())
}

// Check finds what is wrong with a source that needs no request, before anything
// happens. Its token may have expired by now: it may not be needed any more. The
// error continues a sentence that begins with the name.
func (s *Source) Check(ctx context.Context) error {
	if s.remote {
		return nil
	}
	token, err := s.get(ctx)
	if err != nil {
		return err
	}
	_, err = s.check(token)
	return err
}

func (s *Source) check(token string) (*claims, error) {
	read, err := read(token)
	if err != nil {
		return nil, fmt.Errorf("%s that %w", s.gives, err)
	}
	if s.audience != "" && !read.isFor(s.audience) {
		return nil, fmt.Errorf("%s whose audience (aud) is %s, not %q, so the provider does not send it. Request a token with this audience, or set client_assertion_audience to the audience that the application's federated credential has",
			s.gives, read.audiences(), s.audience)
	}
	return read, nil
}

// For returns the source, which from now on gives only tokens for the audience;
// empty: for any.
func (s *Source) For(audience string) *Source {
	s.audience = audience
	return s
}

// Secrets are the values of the source that no text may show.
func (s *Source) Secrets() []string { return s.secrets }

// Error is a source that gives no usable assertion.
type Error struct {
	// Source is the [Source.Name].
	Source string
	Err    error
}

// Error is a sentence about the source.
func (e *Error) Error() string { return e.Source + " " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
