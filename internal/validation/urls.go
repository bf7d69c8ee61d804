package validation

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// executable are schemes that a browser runs or reads itself instead of handing
// the redirect to an application.
var executable = []string{"javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source"}

// RedirectURL judges a redirect URL: absolute, ASCII, without a fragment
// (RFC 6749 §3.1.2); https, http, or a scheme of an application's own
// (RFC 8252 §7.1). It is matched exactly and therefore never rewritten.
func RedirectURL(raw string) error {
	if err := printable(raw, MaxRedirectURL); err != nil {
		return err
	}
	const must, example = "an absolute URL", "https://app.example.com/callback"
	if err := withScheme(raw, must, example); err != nil {
		return err
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Scheme == "":
		return errors.New("must be " + must + ", such as " + example)
	case isExecutable(u):
		return errors.New("must not have a scheme that a browser runs as code")
	case strings.Contains(raw, "#"):
		return errors.New("must not have a fragment")
	case u.User != nil:
		return errors.New("must not contain a user or password")
	case strings.Contains(u.Host, "*"):
		return errors.New("must not contain a wildcard: redirect URLs are matched exactly")
	case isWeb(u) || u.Host != "":
		_, err := parseHost(u)
		return err
	case u.Path == "" && u.Opaque == "":
		return errors.New("must be an absolute URL, such as com.example.app:/callback")
	}
	return nil
}

// Origin normalizes an origin (RFC 6454 §6.2) as browsers send it: in lower
// case, without a default port. `*` is all origins. A normalized origin is
// valid, and normalizing it again changes nothing.
func Origin(raw string) (string, error) {
	if raw == "*" {
		return raw, nil
	}
	if err := printable(raw, MaxAllowedOrigin); err != nil {
		return "", err
	}
	const must, example = "an origin", "https://app.example.com, or *"
	if err := withScheme(raw, must, example); err != nil {
		return "", err
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Scheme == "" || u.Host == "":
		return "", errors.New("must be " + must + ", such as " + example)
	case isExecutable(u):
		return "", errors.New("must not have a scheme whose pages have no origin")
	case u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(raw, "#"):
		return "", errors.New("must be an origin: scheme, host and port with nothing after them, not even a slash")
	case strings.Contains(u.Host, "*"):
		return "", errors.New("must not contain a wildcard in an origin")
	}
	h, err := parseHost(u)
	if err != nil {
		return "", err
	}
	return h.origin(strings.ToLower(u.Scheme)), nil
}

// Origins normalizes a list: each origin once, sorted. index is that of the one
// that err is about.
func Origins(raw []string) (normal []string, index int, err error) {
	normal = make([]string, 0, len(raw))
	for i, o := range raw {
		n, err := Origin(o)
		if err != nil {
			return nil, i, err
		}
		normal = append(normal, n)
	}
	slices.Sort(normal)
	return slices.Compact(normal), 0, nil
}

// isWeb reports whether the scheme is one of the web's, whose URLs have a host.
func isWeb(u *url.URL) bool {
	s := strings.ToLower(u.Scheme)
	return s == "http" || s == "https"
}

func isExecutable(u *url.URL) bool { return slices.Contains(executable, strings.ToLower(u.Scheme)) }

func printable(raw string, most int) error {
	for i := range len(raw) {
		if c := raw[i]; c <= ' ' || c > '~' || c == '\\' {
			return errors.New("must contain only printable ASCII characters, without spaces and backslashes (internationalized hosts as xn--…)")
		}
	}
	if len(raw) > most {
		return fmt.Errorf("must have at most %d characters", most)
	}
	return nil
}
