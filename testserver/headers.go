package testserver

import (
	"net/http"
	"net/url"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/page"
)

// strictFor is how long browsers use https only for the public URL's host: a
// year (RFC 6797 §6.1.1), in seconds.
const strictFor = "max-age=31536000"

// guarded sets the security headers that every response has. Pages set theirs
// beside them (see page.Policy).
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if isStrict(s.PublicURL()) {
			w.Header().Set("Strict-Transport-Security", strictFor)
		}
		next.ServeHTTP(w, r)
	})
}

// isStrict reports whether browsers shall use https only for the URL's host.
// The name localhost is exempt: its other servers would no longer be reachable.
func isStrict(publicURL string) bool {
	if !page.IsHTTPS(publicURL) {
		return false
	}
	u, err := url.Parse(publicURL)
	return err == nil && u.Hostname() != "localhost"
}
