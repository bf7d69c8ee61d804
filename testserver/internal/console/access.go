package console

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/loopback"
)

// guard lets in browsers on the same machine, and users who have signed in as
// an administrator. It redirects others to the sign-in, and refuses what
// another site makes a browser send.
func (c *Console) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case foreign(r):
			c.refuse(w, r, http.StatusForbidden, "Another site requested this page.", "The console responds only to its own pages.")
		case c.rebound(r):
			c.refuse(w, r, http.StatusForbidden, "This host name is not allowed.",
				"On the machine that it runs on, the console is opened as localhost or by a loopback address; on other machines, under the server's public URL.")
		case c.isLocal(r):
			next.ServeHTTP(w, r)
		default:
			user, err := c.sessions.user(r)
			switch {
			case err != nil:
				c.failed(w, r, err)
			case user != nil:
				next.ServeHTTP(w, withVisitor(r, user.Email))
			case r.Method == http.MethodGet && r.Header.Get("Accept") != "text/event-stream":
				seeOther(w, root(r)+"/sign-in")
			default:
				c.refuse(w, r, http.StatusForbidden, "You are not signed in.", "Sign in to the console and try again.")
			}
		}
	})
}

// foreign reports whether a page of another site is behind the request. A link
// that a person follows is not: the response is for that person's eyes, not the
// page's.
func foreign(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		return err != nil || !strings.EqualFold(u.Host, r.Host)
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return false
	}
	followed := r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
	return !followed
}

// rebound reports whether a foreign name leads to this machine's loopback (DNS
// rebinding): the browser takes the console for that name's own page.
func (c *Console) rebound(r *http.Request) bool {
	return loopback.Peer(r) && !loopback.Proxied(r) && !loopback.Host(r.Host) && !strings.EqualFold(r.Host, c.publicHost())
}

// isLocal reports whether the request comes from the same machine. Where the
// server is known under a public URL, a proxy may be in front of it whose
// requests look the same: then no client is local. (HTTP/1.0 is spoken by
// proxies, and by no browser.)
func (c *Console) isLocal(r *http.Request) bool {
	return loopback.Host(c.publicHost()) && loopback.Peer(r) && !loopback.Proxied(r) && loopback.Host(r.Host) && r.ProtoAtLeast(1, 1)
}

func (c *Console) publicHost() string {
	u, err := url.Parse(c.config.PublicURL())
	if err != nil {
		return ""
	}
	return u.Host
}

// root is the way from the page that was asked for to the console's first one,
// as a relative URL: a proxy may have put a path before it.
func root(r *http.Request) string {
	below := strings.TrimPrefix(r.URL.Path, Path)
	return strings.Repeat("../", strings.Count(below, "/")) + strings.TrimPrefix(Path, "/")
}

// seeOther leads to a page of the console.
func seeOther(w http.ResponseWriter, to string) {
	policy.Apply(w.Header())
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}
