package page

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Policy is what a page may load and do (Content Security Policy Level 3). Its
// zero value allows nothing.
type Policy struct {
	// Style, Script, Image and Connect are source lists: 'self', data:, a hash.
	Style, Script, Image, Connect string
	// FormAction lists where forms may lead, redirects of their answers
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

// Targets returns the sources of form-action that let the answer to a form
// redirect to these URLs or origins: an origin each, a scheme for what has no
// host (com.example.app:/callback), and http: and https: for `*`. What is no
// URL is left out.
func Targets(urls ...string) []string {
	var sources []string
	for _, raw := range urls {
		if raw == "*" {
			sources = append(sources, "http:", "https:")
			continue
		}
		if source := target(raw); source != "" {
			sources = append(sources, source)
		}
	}
	slices.Sort(sources)
	return slices.Compact(sources)
}

func target(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || !isScheme(u.Scheme) {
		return ""
	}
	scheme := strings.ToLower(u.Scheme)
	// A host that could end the directive, or be read as another source, is
	// named by its scheme alone; so is an IPv6 address, which CSP has no
	// grammar for.
	if scheme != "http" && scheme != "https" || u.Host == "" || strings.ContainsAny(u.Host, "[];,'* \t\r\n") {
		return scheme + ":"
	}
	return scheme + "://" + strings.ToLower(u.Host)
}

func isScheme(s string) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	return s != ""
}
