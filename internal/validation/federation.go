package validation

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Issuer judges the issuer of federated credentials: an absolute URL without
// user, query and fragment (OpenID Connect Core §2). It is compared byte for
// byte and therefore never rewritten. HTTPS judges its scheme.
func Issuer(raw string) error {
	u, err := keyURL(raw, MaxIssuer, "https://token.actions.githubusercontent.com")
	if err != nil {
		return err
	}
	if u.RawQuery != "" || u.ForceQuery {
		return errors.New("must not have a query")
	}
	return nil
}

// JWKSURI judges the URL of an issuer's keys: an absolute URL without user and
// fragment. HTTPS judges its scheme.
func JWKSURI(raw string) error {
	_, err := keyURL(raw, MaxJWKSURI, "https://issuer.example.com/jwks.json")
	return err
}

// keyURL judges what the URLs have in common from which keys come.
func keyURL(raw string, most int, example string) (*url.URL, error) {
	if err := printable(raw, most); err != nil {
		return nil, err
	}
	const must = "an https URL"
	if err := withScheme(raw, must, example); err != nil {
		return nil, err
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || !isWeb(u):
		return nil, errors.New("must be " + must + ", such as " + example)
	case u.User != nil:
		return nil, errors.New("must not contain a user or password")
	case strings.Contains(raw, "#"):
		return nil, errors.New("must not have a fragment")
	}
	_, err = parseHost(u)
	return u, err
}

var errNotHTTPS = errors.New("must begin with https://")

// HTTPS refuses URLs of other schemes.
func HTTPS(raw string) error {
	if u, err := url.Parse(raw); err != nil || u.Scheme != "https" {
		return errNotHTTPS
	}
	return nil
}

// HTTPSOrLoopback is HTTPS, but allows http for hosts of this machine. Whether
// a server allows more, only that server can say.
func HTTPSOrLoopback(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" {
		return HTTPS(raw)
	}
	host := strings.ToLower(u.Hostname())
	if a, err := netip.ParseAddr(host); err == nil && a.IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return nil
	}
	return errors.New("must begin with https://, or with http:// and a host of this machine")
}

// Subject judges the subject of a federated credential: a text, or a pattern
// that ends in one `*` after `:` or `/` and at least two parts, so that it does
// not trust all users of a public issuer.
func Subject(subject string) error {
	if err := claimText(subject, MinSubject, MaxSubject); err != nil {
		return err
	}
	prefix, pattern := strings.CutSuffix(subject, "*")
	switch {
	case strings.Contains(prefix, "*"):
		return errors.New("must not contain a * except at its end")
	case !pattern:
		return nil
	case !strings.HasSuffix(prefix, ":") && !strings.HasSuffix(prefix, "/"):
		return errors.New("must have a colon or a slash in front of the *")
	}
	parts := strings.FieldsFunc(prefix, func(r rune) bool { return r == ':' || r == '/' })
	least := 2
	// The first two parts of every service account of a Kubernetes cluster.
	if len(parts) >= 2 && parts[0] == "system" && parts[1] == "serviceaccount" {
		least = 3
	}
	if len(parts) < least {
		return errors.New("must name in front of the * whose tokens are trusted: at least an owner or a namespace, such as repo:octo/*")
	}
	return nil
}

// Audience judges the audience of a federated credential.
func Audience(audience string) error { return claimText(audience, MinAudience, MaxAudience) }

// MaxClaims is how many claims a federated credential has at most.
const MaxClaims = 10

// maxClaimName is the length of the longest name of a claim.
const maxClaimName = 256

// Claims judges the claims of a federated credential.
func Claims(claims map[string]string) error {
	if len(claims) > MaxClaims {
		return fmt.Errorf("must have at most %d names", MaxClaims)
	}
	for name, value := range claims {
		if err := claimText(name, 1, maxClaimName); err != nil {
			return fmt.Errorf("must have valid names: one of them %w", err)
		}
		if err := claimText(value, 0, MaxClaimValue); err != nil {
			return fmt.Errorf("must have valid values: one of them %w", err)
		}
	}
	return nil
}

// KeyID judges the `kid` of a public key.
func KeyID(kid string) error { return claimText(kid, MinKeyID, MaxKeyID) }

// claimText judges a value that is compared with one in a token.
func claimText(text string, least, most int) error {
	switch n := utf8.RuneCountInString(text); {
	case !utf8.ValidString(text):
		return errors.New("must be UTF-8")
	case n < least:
		return errors.New("must not be empty")
	case n > most:
		return fmt.Errorf("must have at most %d characters", most)
	case strings.ContainsFunc(text, unicode.IsControl):
		return errors.New("must not contain control characters")
	}
	return nil
}
