package oauth

import (
	"cmp"
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/internal/strictjson"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/base64url"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// TokenKind is the kind of a JWT of this server.
type TokenKind string

// The kinds of tokens that are JWTs.
const (
	AccessToken  TokenKind = "Access token"
	IDToken      TokenKind = "ID token"
	UnknownToken TokenKind = "Token"
)

// step checks one thing and says in a sentence what it found. Its error is a
// failure; errSkipped, where an earlier failure left nothing to check; or a
// fault of the server.
type step struct {
	name  string // as the console shows it
	check func(*verification) (detail string, err error)
}

// failure says in a sentence what is wrong with a token, and repeats nothing
// secret.
type failure string

func (f failure) Error() string { return string(f) }

var errSkipped = errors.New("skipped")

var signatureSteps = []step{
	{"Form", (*verification).checkForm},
	{"Header", (*verification).checkHeader},
	{"Signing key", (*verification).checkKey},
	{"Signature", (*verification).checkSignature},
}

var steps = slices.Concat(signatureSteps, []step{
	{"Issuer", (*verification).checkIssuer},
	{"Time", (*verification).checkTime},
	{"Application", (*verification).checkApplication},
	{"User", (*verification).checkUser},
	{"Revocation", (*verification).checkRevocation},
})

// verification is a token on its way through the steps.
//
// golang-jwt checks the signature only: its parser accepts repeated members and
// headers with crit.
type verification struct {
	Inspection
	server *Server
	ctx    context.Context
	now    time.Time
	// forPeople allows look-ups that only the details need.
	forPeople bool

	token, input, signature string
	header                  map[string]any
	key                     *rsa.PublicKey
	grant                   *store.Grant // the sign-in that the token is from
}

// run takes steps up to the first failure.
func (v *verification) run(steps []step) error {
	skipped := false
	for _, step := range steps {
		_, err := step.check(v)
		if errors.Is(err, errSkipped) {
			skipped = true
		} else if err != nil {
			return err
		}
	}
	if skipped { // a step is skipped only where another one fails
		return failure("It could not be checked.")
	}
	return nil
}

// maxToken is the size of the largest token that is read, in bytes: ours have
// about a kilobyte.
const maxToken = 16 << 10

func (v *verification) checkForm() (string, error) {
	parts := strings.Split(v.token, ".")
	switch {
	case len(v.token) > maxToken:
		return "", failure("It is longer than 16 KiB.")
	case len(parts) == 5:
		return "", failure("It has five parts: an encrypted token (JWE, RFC 7516), which ATM does not issue.")
	case len(parts) == 1:
		return "", failure("It has no dots. Refresh tokens, codes and secrets are opaque: there is nothing in them to decode.")
	case len(parts) != 3:
		return "", failure(fmt.Sprintf("A signed token has three parts with dots between them (JWS compact serialization, RFC 7515); this has %d.", len(parts)))
	}
	v.input, v.signature = parts[0]+"."+parts[1], parts[2]
	var inHeader, inPayload failure
	v.Header, v.header, inHeader = decodePart(parts[0], "The header")
	v.Payload, v.Claims, inPayload = decodePart(parts[1], "The payload")
	if err := cmp.Or(inHeader, inPayload); err != "" {
		return "", err
	}
	return "Three parts of base64url, JSON in the first two.", nil
}

// maxDepth is how deeply a part may be nested: ours have two levels.
const maxDepth = 8

// decodePart decodes a part as a JSON object in which no member is repeated.
func decodePart(part string, name failure) (raw []byte, members map[string]any, wrong failure) {
	raw, err := base64url.Decode(part)
	if err != nil {
		return nil, nil, name + " is not base64url without padding."
	}
	if err := strictjson.Unmarshal(raw, &members); err != nil || members == nil {
		if errors.Is(err, strictjson.ErrDuplicateName) {
			return raw, nil, name + " has a member twice: readers would disagree about it."
		}
		return raw, nil, name + " is not a JSON object."
	}
	if strictjson.Depth(raw) > maxDepth {
		return raw, nil, name + " is nested too deeply."
	}
	return raw, members, ""
}

// checkHeader refuses what is in none of our headers: alg, kid and typ are all
// that they have (RFC 8725 §3.10).
func (v *verification) checkHeader() (string, error) {
	if v.header == nil {
		return "", errSkipped
	}
	switch algorithm := text(v.header, "alg"); {
	case strings.EqualFold(algorithm, "none"):
		return "", failure("alg is none: the token is not signed.")
	case strings.HasPrefix(algorithm, "HS"):
		return "", failure("alg is HMAC, a shared secret; a public key must not be taken for one (RFC 8725, section 2.1).")
	case algorithm != keys.Algorithm:
		return "", failure("alg is not RS256, the only one that ATM signs with.")
	}
	for member := range v.header {
		switch member {
		case "alg", "kid", "typ":
		case "jwk", "jku", "x5u", "x5c":
			return "", failure("It contains a key, or the address of one (" + member + "): the signer chose that key (RFC 8725, section 3.10).")
		default:
			return "", failure("It has members that ATM's tokens do not have.")
		}
	}
	if text(v.header, "typ") != "JWT" {
		return "", failure("typ is not JWT.")
	}
	return "RS256, and no key of its own.", nil
}

func (v *verification) checkKey() (string, error) {
	if v.header == nil {
		return "", errSkipped
	}
	kid := text(v.header, "kid")
	if kid == "" {
		return "", failure("kid is missing.")
	}
	key, err := v.server.keys.PublicKey(v.ctx, kid)
	if err != nil {
		return "", fmt.Errorf("look up a signing key: %w", err)
	}
	if v.key = key; key == nil {
		return "", failure("This server has no key with this kid: another server signed it, or the key was removed from the JWKS long ago.")
	}
	if !v.forPeople {
		return "", nil
	}
	infos, err := v.server.keys.Keys(v.ctx)
	for _, k := range infos {
		switch {
		case k.ID != kid:
		case !k.Published:
			return "Retired, and not in the JWKS any more: others cannot check the token.", nil
		case k.Status == keys.Retired:
			return "Retired, and in the JWKS until " + moment(k.ExpiresAt) + ".", nil
		default:
			return "In the JWKS; " + string(k.Status) + " now.", nil
		}
	}
	return "", err
}

func (v *verification) checkSignature() (string, error) {
	if v.key == nil {
		return "", errSkipped
	}
	raw, err := base64url.Decode(v.signature)
	switch {
	case err != nil:
		return "", failure("It is not base64url without padding: the token was cut off or changed.")
	case jwt.SigningMethodRS256.Verify(v.input, raw, v.key) != nil:
		return "", failure("The key did not sign this header and payload: the token was changed, or signed by another key.")
	}
	return "Made by that key.", nil
}

func moment(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04:05 UTC") }

// text is a member that is a string, and else empty.
func text(members map[string]any, name string) string {
	s, _ := members[name].(string)
	return s
}
