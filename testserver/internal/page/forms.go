package page

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
)

// Field is the name of the hidden field that a form carries its token in.
const Field = "csrf_token"

// ErrForeignForm is returned by Forms.Check for a form that no page of this
// server sent, or whose cookie is missing.
var ErrForeignForm = errors.New("the form was not sent by a page of this server")

// Forms tells forms of the server's own pages from those that another site
// makes a browser send. Two things must hold.
//
// First, net/http.CrossOriginProtection: the browser itself says that the
// request comes from the same origin. Second, a signed double-submit token
// (OWASP, Cross-Site Request Forgery Prevention): a random value in a cookie,
// signed, and in the form what only the server can compute of it. The second
// covers browsers that do not say (Sec-Fetch-Site is sent only to https and
// loopback), and a cookie that another site set, since only the server can sign
// one.
type Forms struct {
	// Name begins the name of the cookie.
	Name string
	// Key returns the key that all replicas share.
	Key func(context.Context) ([]byte, error)
	// PublicURL returns the URL that browsers use.
	PublicURL func() string

	origin http.CrossOriginProtection
}

// Token returns the value of the form's hidden field, and sets the cookie that
// it belongs to unless the browser has one already, so that forms in several
// tabs are all good.
func (f *Forms) Token(w http.ResponseWriter, r *http.Request) (string, error) {
	key, err := f.Key(r.Context())
	if err != nil {
		return "", fmt.Errorf("form token: %w", err)
	}
	nonce, known := f.nonce(r, key)
	if !known {
		nonce = random.ID()
		http.SetCookie(w, f.cookie(key, nonce))
	}
	return MAC(key, "field", nonce), nil
}

// Check returns ErrForeignForm unless the request is a form that Token has had
// a part in. The body must have been parsed.
func (f *Forms) Check(r *http.Request) error {
	if err := f.checkOrigin(r); err != nil {
		return err
	}
	key, err := f.Key(r.Context())
	if err != nil {
		return fmt.Errorf("form token: %w", err)
	}
	nonce, known := f.nonce(r, key)
	if !known || !hmac.Equal([]byte(r.PostForm.Get(Field)), []byte(MAC(key, "field", nonce))) {
		return ErrForeignForm
	}
	return nil
}

// checkOrigin checks the headers that the browser sets itself. Under
// Referrer-Policy: no-referrer a browser sends `Origin: null` with the form
// even to its own origin (Fetch standard, "append a request Origin header");
// one that does not send Sec-Fetch-Site either has said nothing, and only the
// token decides. The public URL's origin is the server's own under any name
// that a proxy uses.
func (f *Forms) checkOrigin(r *http.Request) error {
	origin := r.Header.Get("Origin")
	if r.Header.Get("Sec-Fetch-Site") == "" && (origin == "null" || origin != "" && origin == f.publicOrigin()) {
		return nil
	}
	if err := f.origin.Check(r); err != nil {
		return fmt.Errorf("%w: %w", ErrForeignForm, err)
	}
	return nil
}

func (f *Forms) publicOrigin() string {
	u, err := url.Parse(f.PublicURL())
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// Secure reports whether browsers reach the server by https, and so whether
// cookies may be marked so.
func (f *Forms) Secure() bool { return IsHTTPS(f.PublicURL()) }

func (f *Forms) cookie(key []byte, nonce string) *http.Cookie {
	secure := f.Secure()
	return &http.Cookie{
		Name: f.cookieName(key, secure), Value: nonce + "." + MAC(key, "cookie", nonce),
		// Lax, not Strict: the browser comes from the application's site, and
		// a form that is open in another tab keeps its cookie.
		// The whole host: __Host- asks for it (RFC 6265bis §4.1.3.2), and a
		// proxy may have put the page below a path that is not known here.
		Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}
}

// cookieName differs from server to server: browsers keep the cookies of all
// ports of a host together. The prefix keeps hosts beside this one from setting
// it.
func (f *Forms) cookieName(key []byte, secure bool) string {
	name := f.Name + "-" + MAC(key, "name", f.Name)[:8]
	if secure {
		return "__Host-" + name
	}
	return name
}

func (f *Forms) nonce(r *http.Request, key []byte) (string, bool) {
	for _, c := range r.CookiesNamed(f.cookieName(key, f.Secure())) {
		nonce, signature, found := strings.Cut(c.Value, ".")
		if found && hmac.Equal([]byte(signature), []byte(MAC(key, "cookie", nonce))) {
			return nonce, true
		}
	}
	return "", false
}
