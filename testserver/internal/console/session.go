package console

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/base64url"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/page"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// sessionLifespan is how long a sign-in to the console lasts.
const sessionLifespan = 8 * time.Hour

// tokenBytes is the size of a session's token: OWASP asks for 64 bits of
// entropy or more (Session Management Cheat Sheet).
const tokenBytes = 32

// sessions are rows of the store, which replicas share: sign-out deletes the
// row. The cookie has a random token, and a signature that also covers the
// password's hash: a new password ends the session, like the loss of the role.
type sessions struct {
	store     *store.Store
	clock     clock.Clock
	secret    func(context.Context) ([]byte, error)
	publicURL func() string
}

const sessionCookie = "atm-console"

// name is the cookie's, as page.Forms has it: one for each server of a host.
func (s *sessions) name(key []byte) (name string, secure bool) {
	name = sessionCookie + "-" + page.MAC(key, "name", sessionCookie)[:8]
	if secure = page.IsHTTPS(s.publicURL()); secure {
		name = "__Host-" + name
	}
	return name, secure
}

func (s *sessions) begin(w http.ResponseWriter, r *http.Request, user store.User) error {
	key, err := s.secret(r.Context())
	if err != nil {
		return fmt.Errorf("begin a session: %w", err)
	}
	token := base64url.Encode(random.Key(tokenBytes))
	expires := s.clock.Now().Add(sessionLifespan)
	if err := s.store.Direct(r.Context()).CreateConsoleSession(store.Hash(token), user.ID, expires); err != nil {
		return fmt.Errorf("begin a session: %w", err)
	}
	s.set(w, key, token+"."+sign(key, token, user), int(sessionLifespan.Seconds()))
	return nil
}

// end ends the session on the server, and removes the cookie.
func (s *sessions) end(w http.ResponseWriter, r *http.Request) error {
	key, err := s.secret(r.Context())
	if err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	name, _ := s.name(key)
	for _, cookie := range r.CookiesNamed(name) {
		token, _, _ := strings.Cut(cookie.Value, ".")
		if err := s.store.Direct(r.Context()).EndConsoleSession(store.Hash(token)); err != nil {
			return err
		}
	}
	s.set(w, key, "", -1)
	return nil
}

func (s *sessions) set(w http.ResponseWriter, key []byte, value string, maxAge int) {
	name, secure := s.name(key)
	http.SetCookie(w, &http.Cookie{
		// The whole host, as for page.Forms.
		Name: name, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteStrictMode,
	})
}

func sign(key []byte, token string, user store.User) string {
	return page.MAC(key, "session", token+"\x00"+user.PasswordHash)
}

// user returns the administrator who has signed in, or nil. Role and state are
// those of now.
func (s *sessions) user(r *http.Request) (*store.User, error) {
	key, err := s.secret(r.Context())
	if err != nil {
		return nil, fmt.Errorf("read a session: %w", err)
	}
	name, _ := s.name(key)
	cookie, err := r.Cookie(name)
	if err != nil {
		return nil, nil //nolint:nilerr // no cookie, no session
	}
	token, signature, _ := strings.Cut(cookie.Value, ".")
	user, err := s.store.Direct(r.Context()).ConsoleSessionUser(store.Hash(token), s.clock.Now())
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !hmac.Equal([]byte(signature), []byte(sign(key, token, user))) || !mayLook(user) {
		return nil, nil
	}
	return &user, nil
}

// mayLook reports whether a user can open the console: it shows everything, as super admins
// see everything.
func mayLook(u store.User) bool { return u.Enabled && u.Role == rules.SuperAdmin }
