package token

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/internal/keyset"
)

const (
	issuer = "atm"
	// leeway is how far two clocks may be apart.
	leeway = 30 * time.Second
)

// Claims is what a verified access token says (ATM: user-credentials, decoded
// token).
type Claims struct {
	jwt.RegisteredClaims
	Scope Scope `json:"scope"`
}

// Scope is the user of the token; all fields are empty in one of the client
// credentials grant.
type Scope struct {
	ID        string `json:"id"`
	Email     string `json:"email"`
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
}

// IsUser reports whether the token is a user's.
func (s Scope) IsUser() bool { return s != Scope{} }

// KeysError is a key set that cannot be had or read, as opposed to a token
// that is refused.
type KeysError struct{ Err error }

// Error tells what is wrong with the key set.
func (e *KeysError) Error() string { return "the signing keys cannot be had: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *KeysError) Unwrap() error { return e.Err }

// AudienceError is a token whose signature and time are right, and whose
// audience is another than the one asked for.
type AudienceError struct{ Want, Have string }

// Error names both audiences.
func (e *AudienceError) Error() string {
	return fmt.Sprintf("the token is for the audience %q, not for %q", e.Have, e.Want)
}

// Keys finds the key of an id. It returns an error for an unknown id and a
// [*KeysError] when the keys cannot be had.
type Keys func(ctx context.Context, kid string) (*rsa.PublicKey, error)

// FixedKeys looks in one key set.
func FixedKeys(document []byte) (Keys, error) {
	set, err := keyset.Parse(document)
	if err != nil {
		return nil, &KeysError{err}
	}
	return func(_ context.Context, kid string) (*rsa.PublicKey, error) {
		if key, ok := set.Find(kid); ok {
			return key.Public, nil
		}
		return nil, unknownKey(kid)
	}, nil
}

// FetchedKeys asks for the key set when it is first needed, and once more for
// an id that it does not have: a key may have been rotated in between.
func FetchedKeys(fetch func(context.Context) ([]byte, error)) Keys {
	var known Keys
	return func(ctx context.Context, kid string) (*rsa.PublicKey, error) {
		if known != nil {
			if key, err := known(ctx, kid); err == nil {
				return key, nil
			}
		}
		for range 2 {
			document, err := fetch(ctx)
			if err != nil {
				return nil, &KeysError{err}
			}
			if known, err = FixedKeys(document); err != nil {
				return nil, err
			}
			if key, err := known(ctx, kid); err == nil {
				return key, nil
			}
		}
		return nil, unknownKey(kid)
	}
}

func unknownKey(kid string) error {
	return fmt.Errorf("its key id (kid) %q is not among ATM's signing keys", shorten(kid))
}

// Verify checks an access token: RS256 alone, the key by kid, iss = "atm", the
// audience where one is given (nil: not compared), exp, nbf and iat against now
// with 30 seconds of leeway (RFC 8725). Its errors hold no part of the token
// but its kid, iss, aud and times.
func Verify(ctx context.Context, token string, keys Keys, audience *string, now time.Time) (*Claims, error) {
	if err := checkShape(token); err != nil {
		return nil, err
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}),
		jwt.WithIssuer(issuer),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(func() time.Time { return now }),
		jwt.WithStrictDecoding(),
	)
	var claims Claims
	_, err := parser.ParseWithClaims(token, &claims, func(t *jwt.Token) (any, error) {
		if err := checkHeader(t.Header); err != nil {
			return nil, err
		}
		kid, _ := t.Header["kid"].(string)
		return keys(ctx, kid)
	})
	if err != nil {
		return nil, explain(err, &claims, now)
	}
	if audience != nil && !slices.Contains(claims.Audience, *audience) {
		return nil, &AudienceError{Want: *audience, Have: strings.Join(claims.Audience, " ")}
	}
	return &claims, nil
}

// checkHeader refuses what would name another key than ATM's (RFC 8725 §3.10),
// and extensions that nobody here understands (RFC 7515 §4.1.11).
func checkHeader(header map[string]any) error {
	for _, name := range []string{"jwk", "jku", "x5u", "x5c", "crit"} {
		if _, there := header[name]; there {
			return fmt.Errorf("its header holds %s, which ATM never sends", name)
		}
	}
	if kid, ok := header["kid"].(string); !ok || kid == "" {
		return errors.New("its header holds no key id (kid)")
	}
	return nil
}

func explain(err error, claims *Claims, now time.Time) error {
	var keys *KeysError
	switch {
	case errors.As(err, &keys):
		return keys
	case errors.Is(err, jwt.ErrTokenExpired):
		return fmt.Errorf("the token expired at %s, and it is %s", stamp(claims.ExpiresAt), now.UTC().Format(time.RFC3339))
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return fmt.Errorf("the token is not valid before %s, and it is %s", stamp(claims.NotBefore), now.UTC().Format(time.RFC3339))
	case errors.Is(err, jwt.ErrTokenUsedBeforeIssued):
		return fmt.Errorf("the token was issued at %s, and it is %s: one of the two clocks is wrong", stamp(claims.IssuedAt), now.UTC().Format(time.RFC3339))
	case errors.Is(err, jwt.ErrTokenInvalidIssuer):
		return fmt.Errorf("the token's issuer (iss) is %q, not %q", shorten(claims.Issuer), issuer)
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return errors.New("the token does not say when it expires (exp)")
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return errors.New("the token's signature is not by ATM's key, or the token is not RS256")
	case errors.Is(err, jwt.ErrTokenUnverifiable):
		return fmt.Errorf("the token cannot be verified: %w", lastCause(err))
	}
	return errors.New("the token is malformed")
}

// lastCause is the reason that checkHeader or the key lookup gave.
func lastCause(err error) error {
	var joined interface{ Unwrap() []error }
	for errors.As(err, &joined) {
		causes := joined.Unwrap()
		err = causes[len(causes)-1]
		joined = nil
	}
	return err
}

func stamp(at *jwt.NumericDate) string {
	if at == nil {
		return "an unknown time"
	}
	return at.UTC().Format(time.RFC3339)
}

func shorten(text string) string {
	if len(text) > 100 {
		return text[:100] + "…"
	}
	return text
}
