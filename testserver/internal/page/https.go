package page

import (
	"net/http"
	"net/url"
	"strings"
)

// IsHTTPS reports whether a URL has the scheme https.
func IsHTTPS(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Scheme == "https"
}

// PlainHTTP returns a sentence for the person if the public URL is https but
// the page was opened over http, and else nothing. Such a page's forms cannot
// be sent: browsers return their cookies over https only.
//
// The server cannot always tell: behind a proxy that ends TLS its own connection
// has none. The proxy's headers decide. Without them, a browser decides that
// sends Fetch metadata, which it does for https and for loopback only (Fetch
// Metadata §2). The sentence is therefore a warning, and refuses nothing.
func PlainHTTP(r *http.Request, publicURL string) string {
	if r.TLS != nil || !IsHTTPS(publicURL) {
		return ""
	}
	scheme := forwardedScheme(r)
	if scheme == "https" || scheme == "" && r.Header.Get("Sec-Fetch-Mode") != "" {
		return ""
	}
	return "This page was opened over http, but the server's URL is " + publicURL +
		". Open that URL: your browser sends the cookie of this form only over https."
}

// forwardedScheme is the scheme that the client used, as the outermost proxy
// reports it (RFC 7239 §5.4, or the older X-Forwarded-Proto), or empty.
func forwardedScheme(r *http.Request) string {
	if first, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Proto"), ","); first != "" {
		return strings.ToLower(strings.TrimSpace(first))
	}
	outermost, _, _ := strings.Cut(r.Header.Get("Forwarded"), ",")
	for pair := range strings.SplitSeq(outermost, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if strings.EqualFold(name, "proto") {
			return strings.ToLower(strings.Trim(value, `"`))
		}
	}
	return ""
}
