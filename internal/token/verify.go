package token

import (
	"context"
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/internal/jwkset"
)

const (
	issuer = "atm"
	// leeway is how far two clocks may be apart.
	leeway = 30 * time.Second
)

// Keys gives the JWKS to verify with; fresh asks for one that is not from a
// cache.
type Keys func(ctx context.Context, fresh bool) (*jwkset.Set, error)

// FixedKeys verifies with only one JWKS.
func FixedKeys(set *jwkset.Set) Keys {
	return func(context.Context, bool) (*jwkset.Set, error) { return set, nil }
}

// FetchedKeys verifies with the JWKS that fetch returns.
func FetchedKeys(fetch func(ctx context.Context, fresh bool) ([]byte, error)) Keys {
	return func(ctx context.Context, fresh bool) (*jwkset.Set, error) {
		document, err := fetch(ctx, fresh)
		if err != nil {
			return nil, err
		}
		return jwkset.Parse(document)
	}
}

// Verify checks an access token of ATM's: only RS256, by the key that its kid
// names, iss "atm", aud where an audience is given (nil: not compared), iat,
// exp and nbf against now with 30 seconds of leeway (RFC 7519, RFC 8725). For a
// kid that is not in the JWKS, Verify fetches the JWKS once more.
//
// The error is a [*Refusal] for an invalid token, and a [*KeysError] where the
// JWKS cannot be fetched.
func Verify(ctx context.Context, token string, keys Keys, audience *string, now time.Time) (*Claims, error) {
	read, err := parse(token)
	if err != nil {
		return nil, err
	}
	kid, err := checkHeader(read.header)
	if err != nil {
		return nil, err
	}
	key, err := find(ctx, keys, kid)
	if err != nil {
		return nil, err
	}
	invalid := checkToken(token, key, audience, now)
	if invalid != nil && !errors.Is(invalid, jwt.ErrTokenInvalidClaims) {
		return nil, refuse(CheckSignature, "its signature was not made by the key %s that it names", shorten(kid))
	}
	claims, err := readClaims(read.claims)
	if err != nil {
		return nil, err
	}
	claims.KeyID = kid
	if invalid != nil {
		return nil, explain(invalid, claims, audience, now)
	}
	return claims, nil
}

// checkHeader refuses every algorithm but RS256, members that would name
// another key than ATM's (RFC 8725 §3.10), and unknown extensions (RFC 7515
// §4.1.11). It returns the kid.
func checkHeader(header map[string]any) (string, error) {
	if header["alg"] != jwkset.Algorithm {
		return "", refuse(CheckHeader, "its header does not have alg RS256, the only algorithm of ATM's tokens")
	}
	for _, name := range []string{"jwk", "jku", "x5u", "x5c", "crit", "b64", "zip"} {
		if _, given := header[name]; given {
			return "", refuse(CheckHeader, "its header contains %s, which no token of ATM contains", name)
		}
	}
	kid, ok := header["kid"].(string)
	if !ok || !jwkset.IsKeyID(kid) {
		return "", refuse(CheckHeader, "its header has no valid key id (kid)")
	}
	return kid, nil
}

func find(ctx context.Context, keys Keys, kid string) (*jwkset.Key, error) {
	var set *jwkset.Set
	for _, fresh := range []bool{false, true} {
		var err error
		if set, err = keys(ctx, fresh); err != nil {
			return nil, &KeysError{err}
		}
		if key := set.Find(kid); key != nil {
			return key, nil
		}
	}
	return nil, refuse(CheckKey, "its key id (kid) %s is not one of the published signing keys (%s)", shorten(kid), set.IDs())
}

// checkToken has the library judge the signature, and then the claims.
func checkToken(token string, key *jwkset.Key, audience *string, now time.Time) error {
	options := []jwt.ParserOption{
		jwt.WithValidMethods([]string{jwkset.Algorithm}), jwt.WithStrictDecoding(), jwt.WithJSONNumber(),
		jwt.WithIssuer(issuer), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(func() time.Time { return now }),
	}
	if audience != nil {
		options = append(options, jwt.WithAudience(*audience))
	}
	_, err := jwt.NewParser(options...).Parse(token, func(*jwt.Token) (any, error) { return key.RSA, nil })
	return err
}

// explain says what the library found in words of ours: its own may quote the
// token.
func explain(invalid error, claims *Claims, audience *string, now time.Time) *Refusal {
	switch at := stamp(now); {
	case claims.Issuer != issuer:
		return refuse(CheckIssuer, "its issuer (iss) is %s, not %q", shorten(claims.Issuer), issuer)
	case errors.Is(invalid, jwt.ErrTokenExpired):
		return refuse(CheckTime, "it expired at %s, and it is %s", stamp(claims.ExpiresAt), at)
	case errors.Is(invalid, jwt.ErrTokenUsedBeforeIssued):
		return refuse(CheckTime, "it was issued at %s, and it is only %s: one of the two clocks is wrong", stamp(claims.IssuedAt), at)
	case errors.Is(invalid, jwt.ErrTokenNotValidYet):
		return refuse(CheckTime, "it is not valid yet (nbf) at %s", at)
	case audience != nil && claims.Audience != *audience:
		return refuse(CheckAudience, "its audience (aud) is %s, not %q", shorten(claims.Audience), *audience)
	}
	return refuse(CheckClaims, "its claims are refused")
}

// stamp writes a time as Terraform's own functions do (RFC 3339).
func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }
