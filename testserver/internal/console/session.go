package console

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/base64url"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/page"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// sessionLifespan is how long a sign-in to the console lasts.
const sessionLifespan = 8 * time.Hour

// sessions are signed cookies: nothing of them is stored, so that every replica
// knows them. Each holds the user's id and its end, and its signature covers
// the password's hash: a new password, like the loss of the role, ends them.
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
	ends := s.clock.Now().Add(sessionLifespan).Unix()
	value := base64url.Encode([]byte(user.ID)) + "." + strconv.FormatInt(ends, 10)
	s.set(w, key, value+"."+sign(key, value, user), int(sessionLifespan.Seconds()))
	return nil
}

func (s *sessions) end(w http.ResponseWriter, r *http.Request) error {
	key, err := s.secret(r.Context())
	if err != nil {
		return fmt.Errorf("end a session: %w", err)
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

func sign(key []byte, value string, user store.User) string {
	return page.MAC(key, "session", value+"\x00"+user.PasswordHash)
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
	value, signature := cutLast(cookie.Value)
	encoded, ends := cutLast(value)
	id, err := base64url.Decode(encoded)
	until, errUntil := strconv.ParseInt(ends, 10, 64)
	if err != nil || errUntil != nil || s.clock.Now().Unix() >= until {
		return nil, nil //nolint:nilerr // none of ours, or over
	}
	user, err := s.store.Direct(r.Context()).User(string(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read a session: %w", err)
	}
	if !hmac.Equal([]byte(signature), []byte(sign(key, value, user))) || !mayLook(user) {
		return nil, nil
	}
	return &user, nil
}

// mayLook tells who may open the console: it shows everything, as super admins
// see everything.
func mayLook(u store.User) bool { return u.Enabled && u.Role == rules.SuperAdmin }

func cutLast(s string) (before, after string) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return "", ""
	}
	return s[:i], s[i+1:]
}
