package federation

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tci-pf/terraform-provider-atm/internal/strictjson"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/base64url"
)

// maxAssertion is the size of the largest assertion.
const maxAssertion = 16 << 10

// maxJTI is the length of the longest `jti`, in characters.
const maxJTI = 256

// token is an assertion that was read, and not verified.
type token struct {
	signed    string // what the signature is of
	signature []byte
	algorithm string
	kid       string // empty: none
	claims    object

	issuer, subject, audience string
	// issuedAt and notBefore are zero where the token has none.
	expiresAt, issuedAt, notBefore time.Time
	id                             string // jti, empty: none
}

// parse reads a compact JWS (RFC 7515 §7.1) with the claims that every assertion
// needs. Of its header, `jwk`, `jku`, `x5u` and `x5c` are ignored: who signs does
// not choose the key.
func parse(assertion string) (*token, *Refusal) {
	malformed := refuse(FaultMalformed)
	parts := strings.Split(assertion, ".")
	if len(assertion) > maxAssertion || len(parts) != 3 {
		return nil, malformed
	}
	header, ok := objectOf(parts[0])
	if !ok || !header.fitsType() {
		return nil, malformed
	}
	t := &token{signed: parts[0] + "." + parts[1]}
	var err error
	if t.signature, err = base64url.Decode(parts[2]); err != nil {
		return nil, malformed
	}
	var hasAlgorithm bool
	if t.algorithm, hasAlgorithm = header.text("alg"); !hasAlgorithm {
		return nil, malformed
	}
	if _, has := header["kid"]; has {
		if t.kid, has = header.text("kid"); !has {
			return nil, malformed
		}
	}
	if t.claims, ok = objectOf(parts[1]); !ok || !t.readClaims() {
		return nil, malformed
	}
	if t.audience, ok = t.claims.onlyAudience(); !ok {
		return nil, refuse(FaultAudience)
	}
	return t, nil
}

// readClaims reads the claims whose form is defined, and reports whether they
// have it.
func (t *token) readClaims() bool {
	var issuer, subject, expires bool
	t.issuer, issuer = t.claims.text("iss")
	t.subject, subject = t.claims.text("sub")
	t.expiresAt, expires = t.claims.moment("exp")
	if !issuer || !subject || !expires || t.issuer == "" || t.subject == "" {
		return false
	}
	for name, into := range map[string]*time.Time{"iat": &t.issuedAt, "nbf": &t.notBefore} {
		if _, has := t.claims[name]; has {
			if *into, has = t.claims.moment(name); !has {
				return false
			}
		}
	}
	if _, has := t.claims["jti"]; has {
		if t.id, has = t.claims.text("jti"); !has || utf8.RuneCountInString(t.id) > maxJTI {
			return false
		}
	}
	return true
}

// object is a JSON object without duplicate names, whose numbers are
// json.Number.
type object map[string]any

// maxDepth is how deeply claims may be nested.
const maxDepth = 32

func objectOf(part string) (object, bool) {
	data, err := base64url.Decode(part)
	if err != nil {
		return nil, false
	}
	o, err := strictjson.Object(data, maxDepth)
	return o, err == nil
}

// fitsType reports whether a header is of a JWT that nothing else has to be
// known about (RFC 7515 §4.1.9 and §4.1.11).
func (o object) fitsType() bool {
	if _, critical := o["crit"]; critical {
		return false
	}
	if _, has := o["typ"]; !has {
		return true
	}
	typ, ok := o.text("typ")
	return ok && (typ == "JWT" || typ == "client-authentication+jwt")
}

func (o object) text(name string) (string, bool) {
	text, ok := o[name].(string)
	return text, ok
}

// moment reads a NumericDate (RFC 7519 §2).
func (o object) moment(name string) (time.Time, bool) {
	number, ok := o[name].(json.Number)
	if !ok {
		return time.Time{}, false
	}
	const latest = 1 << 40 // farther than any date, so that no sum overflows
	seconds, err := number.Float64()
	if err != nil || math.Abs(seconds) > latest {
		return time.Time{}, false
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*float64(time.Second))), true
}

// onlyAudience reads an `aud` of one value: with another one beside it, the
// service of that one could use the token here.
func (o object) onlyAudience() (string, bool) {
	if several, ok := o["aud"].([]any); ok && len(several) == 1 {
		audience, ok := several[0].(string)
		return audience, ok
	}
	return o.text("aud")
}

// equals reports whether a claim at the top level is a string, a number or a
// Boolean of that text.
func (o object) equals(name, want string) bool {
	switch value := o[name].(type) {
	case string:
		return value == want
	case json.Number:
		return value.String() == want
	case bool:
		return strconv.FormatBool(value) == want
	}
	return false
}
