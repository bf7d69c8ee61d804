package oauth

import (
	"context"
	"errors"
	"fmt"

	"github.com/tci-pf/terraform-provider-atm/internal/strictjson"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// ErrInvalidToken is returned by Verify for an access token that is not valid;
// the text after it says why, without the token.
var ErrInvalidToken = errors.New("the access token is not valid")

// Verified is a valid access token, with the current state of its application
// and user.
type Verified struct {
	Claims AccessClaims
	Family store.TokenFamily
	Client store.GrantClient
	// User is nil for a client-credentials token.
	User *store.GrantUser
}

// Verify checks an access token of this server: form, signature, issuer and
// time (RFC 8725), and that its family has not been revoked, and its user is
// still enabled and enabled for the application. Its error is ErrInvalidToken
// for a token that is not valid; any other is a fault of the server.
func (s *Server) Verify(ctx context.Context, token string) (*Verified, error) {
	v := &verification{server: s, ctx: ctx, now: s.clock.Now(), token: token}
	var claims AccessClaims
	err := v.run(steps)
	switch {
	case err != nil:
	case v.Kind != AccessToken:
		err = failure("It is not an access token.")
	case strictjson.Unmarshal(v.Payload, &claims) != nil:
		err = failure("Its claims are not those of an access token.")
	}
	var invalid failure
	switch {
	case errors.As(err, &invalid):
		return nil, fmt.Errorf("%w: %w", ErrInvalidToken, invalid)
	case err != nil:
		return nil, fmt.Errorf("verify an access token: %w", err)
	}
	return &Verified{Claims: claims, Family: *v.grant.Family, Client: *v.grant.Client, User: v.grant.User}, nil
}

// open checks form and signature of a token only, and decodes its claims. It
// returns false for a token that this server did not sign.
func (s *Server) open(ctx context.Context, token string, claims any) (bool, error) {
	v := &verification{server: s, ctx: ctx, token: token}
	err := v.run(signatureSteps)
	if errors.As(err, new(failure)) {
		return false, nil
	}
	return err == nil && strictjson.Unmarshal(v.Payload, claims) == nil, err
}

// Inspection is a token with the result of each step of its verification.
type Inspection struct {
	// Kind is UnknownToken for a token whose issuer is not this server.
	Kind TokenKind
	// Header and Payload are the decoded parts, nil where they are not base64url.
	Header, Payload []byte
	// Claims are those of the payload, nil where it is not a JSON object.
	Claims  map[string]any
	Results []Result
}

// Result is the result of one step. Detail says in a sentence what it found.
type Result struct {
	Step   string
	State  State
	Detail string
}

// State is the state of a step.
type State string

// States of a step. It is skipped where an earlier failure left nothing to check.
const (
	Passed  State = "passed"
	Failed  State = "failed"
	Skipped State = "skipped"
)

// Inspect takes the steps of Verify for people: it also takes id tokens, and
// goes on after a failure. Its error is a fault of the server.
func (s *Server) Inspect(ctx context.Context, token string) (*Inspection, error) {
	v := &verification{server: s, ctx: ctx, now: s.clock.Now(), token: token, forPeople: true}
	v.Kind = UnknownToken
	for _, step := range steps {
		detail, err := step.check(v)
		result := Result{Step: step.name, State: Passed, Detail: detail}
		var invalid failure
		switch {
		case errors.As(err, &invalid):
			result.State, result.Detail = Failed, string(invalid)
		case errors.Is(err, errSkipped):
			result.State = Skipped
		case err != nil:
			return nil, fmt.Errorf("inspect a token: %w", err)
		}
		v.Results = append(v.Results, result)
	}
	return &v.Inspection, nil
}
