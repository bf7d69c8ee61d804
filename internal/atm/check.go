package atm

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// The checks of this file need no request. Each error completes a sentence that
// begins with the name of the setting, and never contains a secret.

// CheckText finds white space around the value of a setting, and control
// characters in it: a line break that came with file("secret.txt") or with a
// secret of a CI system, a byte order mark.
func CheckText(text string) error {
	if err := CheckEnds(text); err != nil {
		return err
	}
	for i, r := range []rune(text) {
		if unicode.IsControl(r) {
			return fmt.Errorf("contains %s at position %d", describeRune(r), i+1)
		}
	}
	return nil
}

// CheckEnds finds white space around the value of a setting.
func CheckEnds(text string) error {
	runes := []rune(text)
	switch {
	case len(runes) == 0:
		return nil
	case strings.TrimFunc(text, invisible) == "":
		return errors.New("contains only white space")
	case invisible(runes[0]):
		return fmt.Errorf("begins with %s", describeRune(runes[0]))
	case invisible(runes[len(runes)-1]):
		return fmt.Errorf("ends with %s", describeRune(runes[len(runes)-1]))
	}
	return nil
}

// invisible reports white space and what looks like it: control characters and
// format characters such as the byte order mark.
func invisible(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

func describeRune(r rune) string {
	switch r {
	case '\n', '\r':
		return "a line break"
	case ' ':
		return "a space"
	case '\t':
		return "a tab"
	case '\ufeff':
		return "a byte order mark (U+FEFF)"
	default:
		return fmt.Sprintf("the invisible character %U", r)
	}
}

// CheckID finds quotation marks around an id, which come from env files.
func CheckID(text string) error {
	if quoted(text) {
		return errors.New("is in quotation marks, which are part of the value; remove them")
	}
	return nil
}

func quoted(text string) bool {
	return len(text) > 1 && text[0] == text[len(text)-1] && (text[0] == '"' || text[0] == '\'')
}

// CheckAccessToken finds what cannot be an access token (RFC 6750 §2.1,
// b64token), above all one with its scheme, "Bearer ", in front.
func CheckAccessToken(token string) error {
	switch scheme, _, found := strings.Cut(token, " "); {
	case found && strings.EqualFold(scheme, "Bearer"):
		return errors.New(`begins with "Bearer "; give only the token, the provider adds the scheme`)
	case quoted(token):
		return CheckID(token)
	case strings.HasPrefix(token, "{"):
		return errors.New("is a JSON document; give only the value of its access_token")
	}
	for i, r := range token {
		letterOrDigit := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letterOrDigit && !strings.ContainsRune("-._~+/=", r) {
			return fmt.Errorf("is not an access token: it contains an invalid character at position %d (RFC 6750 §2.1)", i+1)
		}
	}
	return nil
}

// CheckProxyURL finds a proxy that has no scheme, one that Go does not know, or
// no host.
func CheckProxyURL(text string) error {
	_, err := parseProxyURL(text)
	return err
}

func parseProxyURL(text string) (*url.URL, error) {
	proxy, err := url.Parse(text)
	if err != nil || proxy.Hostname() == "" || proxy.Scheme != "http" && proxy.Scheme != "https" && proxy.Scheme != "socks5" {
		return nil, errors.New(`must be a URL such as "http://proxy.example.com:3128" (http, https or socks5)`)
	}
	return proxy, nil
}

// CheckEndpoint finds an endpoint that is not a base URL: one without a scheme,
// with credentials, a query or a fragment, or with a path that ATM's own pages
// name. The error gives the base URL where it is certain.
func CheckEndpoint(text string) error {
	_, err := parseEndpoint(text)
	return err
}

func parseEndpoint(text string) (*url.URL, error) {
	if quoted(text) {
		return nil, CheckID(text)
	}
	if !strings.Contains(text, "://") {
		return nil, withoutScheme(text)
	}
	base, err := url.Parse(text)
	switch {
	case err != nil: // Its text could quote a password.
		return nil, errors.New(`is not a valid URL; it must be a URL such as "https://atm.example.com"`)
	case base.Scheme != "https" && base.Scheme != "http":
		return nil, errors.New(`must begin with https:// (or http://), as in "https://atm.example.com"`)
	case base.User != nil:
		return nil, errors.New("must not contain a user name or password; use client_id, client_secret and login_id, or headers")
	case base.Hostname() == "":
		return nil, errors.New(`has no host name; it must be a URL such as "https://atm.example.com"`)
	case !validPort(base.Port()):
		return nil, fmt.Errorf("has the port %s, which is above 65535", base.Port())
	case base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return nil, errors.New("must have neither a query nor a fragment")
	}
	base.Path, base.RawPath = strings.TrimRight(base.Path, "/"), ""
	if page, found := pagePath(base.Path); found {
		root := *base
		root.Path = strings.TrimSuffix(base.Path, page)
		return nil, fmt.Errorf("ends in %s, which the provider adds itself; the base URL is %q", page, root.String())
	}
	return base, nil
}

func validPort(port string) bool {
	number, err := strconv.Atoi(port)
	return port == "" || err == nil && number <= 65535
}

// withoutScheme suggests the URL that a host name was meant to be. Anything
// else is not repeated: it may be a secret in the wrong place.
func withoutScheme(text string) error {
	host, path, _ := strings.Cut(strings.TrimPrefix(text, "//"), "/")
	u := url.URL{Scheme: "https", Host: host, Path: strings.TrimRight("/"+path, "/")}
	name := u.Hostname()
	if name == "localhost" || net.ParseIP(name).IsLoopback() {
		u.Scheme = "http" // a reference server on this machine
	}
	looksLikeHost := name == "localhost" || strings.Contains(name, ".") && len(name) < 254 &&
		!strings.ContainsFunc(host, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-.:[]", r)
		})
	if !looksLikeHost || strings.ContainsAny(path, "?#@") {
		return errors.New(`has no scheme; it must be a URL such as "https://atm.example.com"`)
	}
	if page, found := pagePath(u.Path); found {
		u.Path = strings.TrimSuffix(u.Path, page)
	}
	return fmt.Errorf("has no scheme: did you mean %q?", u.String())
}

// pagePaths are the paths that ATM's own pages name. A gateway's prefix does not
// end in one of them.
var pagePaths = []string{
	"/auth/.well-known/jwks.json", "/auth/token", "/auth/revoke", "/auth/introspect", "/oauth/token", "/api/v1",
	"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration",
}

// pagePath returns the end of path that is not part of a base URL. The short
// ones count only as the whole path: a gateway's own prefix may end in /api.
func pagePath(path string) (string, bool) {
	for _, page := range pagePaths {
		if strings.HasSuffix(path, page) {
			return page, true
		}
	}
	switch path {
	case "/api", "/auth", "/oauth", "/login":
		return path, true
	}
	return "", false
}
