package rules

import (
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// executable are schemes that a browser runs or reads by itself instead of
// handing the redirect to an application.
var executable = []string{"javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source"}

// RedirectURL judges a redirect URL: absolute, ASCII, without a fragment
// (RFC 6749 §3.1.2); https, http, or a scheme of an application's own
// (RFC 8252 §7.1). It is matched exactly and therefore never rewritten.
func RedirectURL(raw string) error {
	if err := printable(raw); err != nil {
		return err
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Scheme == "":
		return errors.New("must be an absolute URL, such as https://app.example.com/callback")
	case slices.Contains(executable, strings.ToLower(u.Scheme)):
		return errors.New("must not have a scheme that a browser runs by itself")
	case strings.Contains(raw, "#"):
		return errors.New("must not have a fragment")
	case u.User != nil:
		return errors.New("must not hold a user or password")
	case strings.Contains(u.Host, "*"):
		return errors.New("must not hold a wildcard: redirect URLs are matched exactly")
	}
	if s := strings.ToLower(u.Scheme); s == "http" || s == "https" {
		return host(u)
	}
	if u.Host == "" && u.Path == "" && u.Opaque == "" {
		return errors.New("must be an absolute URL, such as com.example.app:/callback")
	}
	return nil
}

// Origin normalises an origin (RFC 6454 §6.2) as browsers send it: in lower
// case, without a default port. `*` stands for all.
func Origin(raw string) (string, error) {
	if raw == "*" {
		return raw, nil
	}
	if err := printable(raw); err != nil {
		return "", err
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Scheme == "" || u.Host == "":
		return "", errors.New("must be an origin, such as https://app.example.com, or *")
	case u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(raw, "#"):
		return "", errors.New("must be an origin: scheme, host and port without anything behind them")
	case strings.Contains(raw, "%"):
		// url.Parse decodes it; browsers send neither it nor IPv6 zones.
		return "", errors.New("must not be percent-encoded (internationalised hosts as xn--…)")
	case strings.Contains(u.Host, "*"):
		return "", errors.New("must not hold a wildcard inside an origin")
	}
	if err := host(u); err != nil {
		return "", err
	}
	scheme, authority := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if port := u.Port(); port == "" || scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		authority = strings.TrimSuffix(strings.TrimSuffix(authority, port), ":")
	}
	return scheme + "://" + authority, nil
}

// Origins normalises a list: each origin once, sorted.
// The index tells which one err is about.
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

func host(u *url.URL) error {
	name := u.Hostname()
	if name == "" {
		return errors.New("must name a host")
	}
	if strings.Contains(name, ":") {
		if _, err := netip.ParseAddr(name); err != nil {
			return errors.New("must name a host")
		}
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return errors.New("must have a port between 1 and 65535")
		}
	}
	return nil
}

func printable(raw string) error {
	for i := range len(raw) {
		if c := raw[i]; c <= ' ' || c > '~' || c == '\\' {
			return errors.New("must hold only printable ASCII characters without spaces and backslashes (internationalised hosts as xn--…)")
		}
	}
	return nil
}
