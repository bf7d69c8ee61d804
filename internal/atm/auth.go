package atm

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// tokens gives access tokens for the management API.
type tokens interface {
	// token returns one that is believed valid. refused, where it is not
	// empty, is one that ATM has just answered 401 to. The error is a
	// [*SignInError], or says that waiting ended.
	token(ctx context.Context, refused string) (string, error)
	// accepted tells that ATM took the token.
	accepted(token string)
	// caller is the login id of the user, empty where it is not known.
	caller() string
}

func (c Config) tokens(client *Client) tokens {
	switch {
	case c.AccessToken.Set():
		return &staticToken{source: c.AccessToken, setting: c.source("access_token"), now: c.Now}
	case c.ClientID != "":
		return &signIn{client: client, clientID: c.ClientID, secret: c.ClientSecret, loginID: c.LoginID, source: c.source, now: c.Now}
	default:
		return noToken{}
	}
}

// bearer puts an access token on each request, and asks once for another when
// ATM does not take it.
type bearer struct {
	next   http.RoundTripper
	tokens tokens
}

func (b *bearer) RoundTrip(req *http.Request) (*http.Response, error) {
	if trailOf(req.Context()).anonymous {
		return b.next.RoundTrip(req)
	}
	token, err := b.tokens.token(req.Context(), "")
	if err != nil {
		return nil, err
	}
	resp, err := b.with(req, token)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusUnauthorized {
		b.tokens.accepted(token)
		return resp, nil
	}
	_ = resp.Body.Close() // in memory
	// ATM did not act on it, so a failure from here on leaves no doubt about a create.
	trailOf(req.Context()).sent.Store(false)
	if token, err = b.tokens.token(req.Context(), token); err != nil {
		return nil, err
	}
	if req.GetBody != nil {
		if req.Body, err = req.GetBody(); err != nil {
			return nil, fmt.Errorf("sending the request again with a new token: %w", err)
		}
	}
	if resp, err = b.with(req, token); err == nil && resp.StatusCode != http.StatusUnauthorized {
		b.tokens.accepted(token)
	}
	return resp, err
}

func (b *bearer) with(req *http.Request, token string) (*http.Response, error) {
	out := req.Clone(req.Context())
	out.Header.Set("Authorization", "Bearer "+token)
	return b.next.RoundTrip(out)
}

// noToken is a client without a credential: it can get tokens for others and
// read the signing keys.
type noToken struct{}

func (noToken) token(context.Context, string) (string, error) {
	return "", &SignInError{
		Reason: "the provider has no credential: set client_id, client_secret and login_id (or ATM_CLIENT_ID, ATM_CLIENT_SECRET, ATM_LOGIN_ID)," +
			" or access_token (ATM_ACCESS_TOKEN)",
	}
}

func (noToken) accepted(string) {}
func (noToken) caller() string  { return "" }

// staticToken is a ready access token. It cannot be renewed, except by
// whoever writes its file, which is read again when the token has ended.
type staticToken struct {
	source  Secret
	setting string // by which the user knows the token
	now     func() time.Time

	mu      sync.Mutex
	current string
}

func (s *staticToken) accepted(string) {}

// caller reads the scope of ATM's tokens, which tells the user's e-mail.
func (s *staticToken) caller() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := s.current
	if token == "" {
		token, _ = s.source.Read() // a request says what is wrong with it
	}
	var claims struct {
		jwt.RegisteredClaims
		Scope struct {
			Email string `json:"email"`
		} `json:"scope"`
	}
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil {
		return ""
	}
	return claims.Scope.Email
}

func (s *staticToken) token(_ context.Context, refused string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.usable(refused) {
		return s.current, nil
	}
	token, err := s.source.Read()
	if err == nil {
		err = CheckAccessToken(token)
	}
	if err != nil {
		return "", &SignInError{Reason: fmt.Sprintf("the access token of %s cannot be used", s.setting), Err: err}
	}
	s.current = token
	if s.usable(refused) {
		return token, nil
	}
	expires, known := expiry(token)
	switch {
	case known && !s.now().Before(expires):
		return "", s.dead(fmt.Sprintf("expired at %s", expires.UTC().Format(time.RFC3339)))
	case known:
		return "", s.dead(fmt.Sprintf("is refused by ATM (401), though it does not expire before %s: it was revoked, its user is disabled, or it is another server's",
			expires.UTC().Format(time.RFC3339)))
	default:
		return "", s.dead("is refused by ATM (401)")
	}
}

func (s *staticToken) usable(refused string) bool {
	if s.current == "" || s.current == refused {
		return false
	}
	expires, known := expiry(s.current)
	return !known || s.now().Before(expires)
}

func (s *staticToken) dead(how string) error {
	remedy := "Give a fresh one, or let the provider get and renew its own: client_id, client_secret and login_id. " +
		"An alias of this provider can also take the token of an ephemeral atm_token."
	if s.source.file != "" {
		remedy = "The file was read again and holds no better one; whatever writes it has to write a fresh token in time. " + remedy
	}
	return &SignInError{Reason: fmt.Sprintf("the access token of %s %s. %s", s.setting, how, remedy)}
}

// expiry reads exp without a check of the signature: ATM judges the token,
// this only tells the user why.
func expiry(token string) (time.Time, bool) {
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil || claims.ExpiresAt == nil {
		return time.Time{}, false
	}
	return claims.ExpiresAt.Time, true
}
