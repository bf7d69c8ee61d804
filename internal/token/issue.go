package token

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/atm"
	"github.com/tci-pf/terraform-provider-atm/internal/atm/assertion"
)

// request is what every form of atm_token asks for.
type request struct {
	grant    string
	clientID string
	secret   string
	// assertion authenticates instead of the secret, if it is not nil. It comes from proof.
	assertion *assertion.Source
	proof     proof
	// err is why there is no assertion where there should be one.
	err error
	// secretAttribute is the attribute that gave the secret or the assertion.
	secretAttribute string
	// hint is what else may be the cause if ATM refuses the client.
	hint    string
	loginID string
	// audience is nil where none is named.
	audience *string
}

// by returns the request, authenticated by an assertion if the proof is one.
func (r request) by(p proof, s assertion.Settings) request {
	source, argument, err := p.source(s, r.clientID)
	if argument != "" {
		r.proof, r.assertion, r.err, r.secretAttribute = p, source, err, argument
	}
	return r
}

// issued is a verified access token and what came with it.
type issued struct {
	tokens *atm.Tokens
	claims *Claims
}

// issue signs in for a token and verifies it. It revokes an invalid one, since
// no caller will know of it.
func issue(ctx context.Context, client *atm.Client, want request, now func() time.Time) (*issued, error) {
	if want.err != nil {
		return nil, want.err
	}
	if want.secret == "" && want.assertion == nil {
		return nil, missingSecretError{}
	}
	tokens, err := client.IssueToken(ctx, atm.TokenRequest{
		Grant: want.grant, ClientID: want.clientID, ClientSecret: want.secret, Assertion: want.assertion, LoginID: want.loginID,
	})
	if err != nil {
		return nil, err
	}
	token, err := verified(ctx, client, tokens, want, now)
	if err != nil {
		abandon(ctx, client, want, tokens)
		return nil, err
	}
	return token, nil
}

// issueFor is issue for a token that has to live for minimum seconds; null is
// no matter how long.
func issueFor(ctx context.Context, client *atm.Client, want request, minimum types.Int64, now func() time.Time) (*issued, error) {
	token, err := issue(ctx, client, want, now)
	if err != nil {
		return nil, err
	}
	if err := token.checkLifetime(minimum.ValueInt64()); err != nil {
		abandon(ctx, client, want, token.tokens)
		return nil, err
	}
	return token, nil
}

func verified(ctx context.Context, client *atm.Client, tokens *atm.Tokens, want request, now func() time.Time) (*issued, error) {
	claims, err := Verify(ctx, tokens.AccessToken, FetchedKeys(client.SigningKeys), want.audience, now())
	if err != nil {
		return nil, err
	}
	return &issued{tokens, claims}, nil
}

// handle is the token whose revocation ends the whole family: the refresh
// token, which outlives the access token, where there is one.
func handle(tokens *atm.Tokens) string {
	if tokens.RefreshToken != "" {
		return tokens.RefreshToken
	}
	return tokens.AccessToken
}

// abandon revokes tokens that no caller gets. A failure does not matter: they
// are not kept, and they expire.
func abandon(ctx context.Context, client *atm.Client, want request, tokens *atm.Tokens) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	_ = client.RevokeToken(ctx, atm.Revocation{ClientID: want.clientID, ClientSecret: want.secret, Assertion: want.assertion, Token: handle(tokens)})
}

// tooShortError is a token that does not live as long as was asked for.
type tooShortError struct {
	lives   time.Duration
	minimum int64
	expires time.Time
}

func (e *tooShortError) Error() string {
	return fmt.Sprintf("The token is valid for %d more seconds, until %s; minimum_lifetime is %d. "+
		"Raise access_token_lifespan of the application, or lower minimum_lifetime.",
		int64(e.lives.Seconds()), stamp(e.expires), e.minimum)
}

// checkLifetime compares what is left of the token when it was asked for with
// minimum, in whole seconds as tokens have them: one that was asked for with a
// lifespan of 600 has 600.
func (i *issued) checkLifetime(minimum int64) error {
	lives := i.claims.ExpiresAt.Sub(i.tokens.IssuedAt.Truncate(time.Second))
	if lives < time.Duration(minimum)*time.Second {
		return &tooShortError{lives: lives, minimum: minimum, expires: i.claims.ExpiresAt}
	}
	return nil
}
