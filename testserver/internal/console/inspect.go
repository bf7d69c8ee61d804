package console

import (
	"bytes"
	"context"
	"crypto/rsa"
	"errors"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/base64url"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
)

// State is what became of a check.
type State string

// States of a check.
const (
	Passed State = "passed"
	Failed State = "failed"
	// Skipped: without what failed before it, there is nothing to check.
	Skipped State = "skipped"
)

// Check is one thing that has to be so before a token counts.
type Check struct {
	Name   string
	State  State
	Detail string
}

// Inspection is a token taken apart.
type Inspection struct {
	// Kind is "Access token" or "ID token", or "Token" where it says neither.
	Kind string
	// Header and Claims are indented JSON, empty where they cannot be read.
	Header, Claims string
	Times          []moment
	Checks         []Check
}

// moment is a time that a token names.
type moment struct {
	Claim, Means, When, Relative string
}

// Valid tells whether every check passed.
func (i *Inspection) Valid() bool {
	for _, c := range i.Checks {
		if c.State != Passed {
			return false
		}
	}
	return len(i.Checks) > 0
}

// FirstFailed returns the check that decides, for a sentence.
func (i *Inspection) FirstFailed() *Check {
	for n := range i.Checks {
		if i.Checks[n].State == Failed {
			return &i.Checks[n]
		}
	}
	return nil
}

// inspecting is an inspection on its way. A token is looked at as oauth's own
// verification does, but step by step, and further than the first failure, so
// that people see all that is wrong with it.
type inspecting struct {
	Inspection
	console *Console
	ctx     context.Context
	now     time.Time

	input, signature string
	header           map[string]any
	claims           map[string]any
	key              *rsa.PublicKey
}

// inspect takes a token apart and checks it. An error is the server's own.
func (c *Console) inspect(ctx context.Context, token string) (*Inspection, error) {
	i := &inspecting{Inspection: Inspection{Kind: "Token"}, console: c, ctx: ctx, now: c.config.Clock.Now()}
	i.form(token)
	for _, step := range []func() error{i.checkHeader, i.checkKey, i.checkSignature, i.checkIssuer, i.checkTime, i.checkSignIn} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if i.Kind == accessToken {
		if err := i.checkByServer(token); err != nil {
			return nil, err
		}
	}
	return &i.Inspection, nil
}

const (
	accessToken = "Access token"
	idToken     = "ID token"
)

func (i *inspecting) say(name string, state State, detail string) error {
	i.Checks = append(i.Checks, Check{Name: name, State: state, Detail: detail})
	return nil
}

// judge says Passed or Failed.
func (i *inspecting) judge(name, problem, fine string) error {
	if problem != "" {
		return i.say(name, Failed, problem)
	}
	return i.say(name, Passed, fine)
}

// maxToken is what oauth looks at, in bytes.
const maxToken = 16 << 10

// form takes the token into its parts.
func (i *inspecting) form(token string) {
	parts := strings.Split(token, ".")
	problem := ""
	switch {
	case len(token) > maxToken:
		problem = "It is longer than 16 KiB."
	case len(parts) == 5:
		problem = "It has five parts: an encrypted token (JWE, RFC 7516), which ATM does not issue."
	case len(parts) == 1:
		problem = "It has no dots. Refresh tokens, codes and secrets are opaque: there is nothing in them to decode."
	case len(parts) != 3:
		problem = "A signed token has three parts with dots between them (JWS compact serialization, RFC 7515); this has " + words(len(parts)) + "."
	}
	if problem == "" {
		i.input, i.signature = parts[0]+"."+parts[1], parts[2]
		i.header, i.Header, problem = object(parts[0], "The header")
		var broken string
		i.claims, i.Claims, broken = object(parts[1], "The payload")
		if problem == "" {
			problem = broken
		}
	}
	_ = i.judge("Form", problem, "Three parts of base64url, JSON in the first two.")
}

// object decodes a part as a JSON object in which no member is repeated.
func object(part, name string) (members map[string]any, indented, problem string) {
	raw, err := base64url.Decode(part)
	if err != nil {
		return nil, "", name + " is not base64url without padding."
	}
	if err := json.Unmarshal(raw, &members); err != nil || members == nil {
		if err := json.Unmarshal(raw, &members, jsontext.AllowDuplicateNames(true)); err == nil && members != nil {
			return nil, indent(raw), name + " has a member twice: readers would disagree about it."
		}
		return nil, "", name + " is not a JSON object."
	}
	return members, indent(raw), ""
}

func indent(raw []byte) string {
	value := jsontext.Value(bytes.Clone(raw))
	if value.Indent(jsontext.WithIndent("  "), jsontext.AllowDuplicateNames(true)) != nil {
		return string(raw)
	}
	return string(value)
}

func text(members map[string]any, name string) string {
	s, _ := members[name].(string)
	return s
}

func (i *inspecting) checkHeader() error {
	const name = "Header"
	if i.header == nil {
		return i.say(name, Skipped, "")
	}
	switch algorithm := text(i.header, "alg"); {
	case strings.EqualFold(algorithm, "none"):
		return i.say(name, Failed, "alg is none: the token is not signed.")
	case strings.HasPrefix(algorithm, "HS"):
		return i.say(name, Failed, "alg is "+algorithm+", a shared secret; a public key must not be taken for one (RFC 8725, section 2.1).")
	case algorithm != keys.Algorithm:
		return i.say(name, Failed, "alg is not RS256, the only one that ATM signs with.")
	}
	for member := range i.header {
		switch member {
		case "alg", "kid":
		case "typ":
			if text(i.header, "typ") != "JWT" {
				return i.say(name, Failed, "typ is not JWT.")
			}
		case "jwk", "jku", "x5u", "x5c":
			return i.say(name, Failed, "It brings a key, or says where one is ("+member+"): whoever signed it chose that key (RFC 8725, section 3.10).")
		default:
			return i.say(name, Failed, "It has members that ATM's tokens do not have.")
		}
	}
	if text(i.header, "typ") == "" {
		return i.say(name, Failed, "typ is missing.")
	}
	return i.say(name, Passed, "RS256, and no key of its own.")
}

func (i *inspecting) checkKey() error {
	const name = "Signing key"
	if i.header == nil {
		return i.say(name, Skipped, "")
	}
	kid := text(i.header, "kid")
	if kid == "" {
		return i.say(name, Failed, "kid is missing.")
	}
	key, err := i.console.config.Keys.PublicKey(i.ctx, kid)
	if err != nil {
		return err
	}
	if key == nil {
		return i.say(name, Failed, "This server has no key with this kid: another server signed it, or the key has long left the JWKS.")
	}
	i.key = key
	infos, err := i.console.config.Keys.Keys(i.ctx)
	if err != nil {
		return err
	}
	for _, k := range infos {
		switch {
		case k.ID != kid:
		case !k.Published:
			return i.say(name, Passed, "Retired, and not in the JWKS any more: others cannot check the token.")
		case k.Status == keys.Retired:
			return i.say(name, Passed, "Retired, and in the JWKS until "+at(k.ExpiresAt)+".")
		default:
			return i.say(name, Passed, "In the JWKS; "+strings.ToLower(words(k.Status))+" now.")
		}
	}
	return i.say(name, Passed, "Known here.")
}

func (i *inspecting) checkSignature() error {
	const name = "Signature"
	if i.key == nil {
		return i.say(name, Skipped, "")
	}
	raw, err := base64url.Decode(i.signature)
	switch {
	case err != nil:
		return i.say(name, Failed, "It is not base64url without padding: the token was cut off or changed.")
	case jwt.SigningMethodRS256.Verify(i.input, raw, i.key) != nil:
		return i.say(name, Failed, "The key did not sign this header and payload: the token was changed, or signed by another key.")
	}
	return i.say(name, Passed, "Made by that key.")
}

func (i *inspecting) checkIssuer() error {
	const name = "Issuer"
	if i.claims == nil {
		return i.say(name, Skipped, "")
	}
	publicURL := strings.TrimRight(i.console.config.PublicURL(), "/")
	switch text(i.claims, "iss") {
	case oauth.Issuer:
		i.Kind = accessToken
		return i.say(name, Passed, "iss is atm: an access token.")
	case publicURL:
		i.Kind = idToken
		return i.say(name, Passed, "iss is this server's public URL: an id token.")
	case "":
		return i.say(name, Failed, "iss is missing.")
	}
	return i.say(name, Failed, "iss is neither atm, as in access tokens, nor "+publicURL+", as in id tokens.")
}

// checkByServer asks the verification that the management API and introspection
// use.
func (i *inspecting) checkByServer(token string) error {
	const name = "This server"
	_, err := i.console.config.OAuth.Verify(i.ctx, token)
	switch {
	case err == nil:
		return i.say(name, Passed, "Introspection calls it active.")
	case errors.Is(err, oauth.ErrInvalidToken):
		reason := strings.TrimPrefix(strings.TrimPrefix(err.Error(), oauth.ErrInvalidToken.Error()), ": ")
		return i.say(name, Failed, "Introspection calls it inactive: "+reason+".")
	}
	return err
}
