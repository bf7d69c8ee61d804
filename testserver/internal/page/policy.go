package page

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Policy is what a page may load and do (Content Security Policy Level 3). Its
// zero value allows nothing.
type Policy struct {
	// Style, Script, Image and Connect are source lists: 'self', data:, a hash.
	Style, Script, Image, Connect string
	// FormAction lists where forms may lead, redirects of their responses
	// included (CSP Level 3 §6.4.1).
	FormAction []string
	// Referrer is the Referrer-Policy; empty is no-referrer.
	Referrer string
}

// Source returns the hash source of an inline style or script.
func Source(inline string) string {
	sum := sha256.Sum256([]byte(inline))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// String returns the policy as a header value.
func (p Policy) String() string {
	var b strings.Builder
	b.WriteString("default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action ")
	if len(p.FormAction) == 0 {
		b.WriteString("'none'")
	} else {
		b.WriteString(strings.Join(p.FormAction, " "))
	}
	for _, d := range []struct{ name, sources string }{
		{"style-src", p.Style}, {"script-src", p.Script}, {"img-src", p.Image}, {"connect-src", p.Connect},
	} {
		if d.sources != "" {
			b.WriteString("; " + d.name + " " + d.sources)
		}
	}
	return b.String()
}

// Apply sets the headers that every page has.
func (p Policy) Apply(header http.Header) {
	referrer := p.Referrer
	if referrer == "" {
		referrer = "no-referrer"
	}
	header.Set("Content-Security-Policy", p.String())
	header.Set("Referrer-Policy", referrer)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY") // frame-ancestors for browsers without it
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	header.Set("Cache-Control", "no-store")
}

// Origins returns origins as sources of form-action: http: and https: for `*`.
// What is no origin is left out.
func Origins(origins ...string) []string {
	var sources []string
	for _, raw := range origins {
		if raw == "*" {
			return []string{"http:", "https:"}
		}
		if u, ok := parse(raw); ok {
			sources = append(sources, u.Scheme+"://"+u.Host)
		}
	}
	return sources
}

// Site returns the sources of form-action that let the response to a form lead to
// a URL and from there on within its site (HTML standard, "site"): all ports of
// its host, and all hosts of its registrable domain; or its scheme, where it has
// no host (com.example.app:/callback).
func Site(raw string) []string {
	u, ok := parse(raw)
	if !ok {
		scheme, _, found := strings.Cut(raw, ":")
		if !found || !isScheme(scheme) {
			return nil
		}
		// Without a host; or with one that CSP has no grammar for, such as an
		// IPv6 address.
		return []string{strings.ToLower(scheme) + ":"}
	}
	host := u.Hostname()
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil || isAddress(host) {
		return []string{u.Scheme + "://" + host + ":*"}
	}
	return []string{u.Scheme + "://" + domain + ":*", u.Scheme + "://*." + domain + ":*"}
}

// parse reads a URL that CSP can name by its host (§2.3.1, host-source): no
// character in it ends the directive or begins another source.
func parse(raw string) (*url.URL, bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return nil, false
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	for i := range len(u.Host) {
		c := u.Host[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != ':' {
			return nil, false
		}
	}
	return u, u.Scheme == "http" || u.Scheme == "https"
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// isScheme checks the grammar of a scheme (RFC 3986 §3.1).
func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || (s[i] < '0' || s[i] > '9') && s[i] != '+' && s[i] != '-' && s[i] != '.') {
			return false
		}
	}
	return s != ""
}
