package atm

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// tokens gives access tokens for the management API.
type tokens interface {
	// token returns one that is believed valid. refused, where it is not empty, is the one of the request's last 401,
	// refusals counts the request's 401s: after the first, a token that is not known to be bad may be used once more,
	// since a gateway may have sent it. The error is a [*SignInError], or says that waiting ended.
	token(ctx context.Context, refused string, refusals int) (string, error)
	// accepted tells that ATM took the token.
	accepted(token string)
	// caller is the login id of the user, empty where it is not known.
	caller() string
}

func (c Config) tokens(client *Client) tokens {
	switch {
	case c.AccessToken.Set():
		return &staticToken{source: c.AccessToken, setting: c.source("access_token"), redact: client.redact, now: c.Now}
	case c.ClientID != "":
		return &signIn{client: client, clientID: c.ClientID, secret: c.ClientSecret, assertion: c.Assertion, loginID: c.LoginID, source: c.source, now: c.Now}
	default:
		return noToken{}
	}
}

// signsIn reports whether the client gets its tokens from this ATM itself.
func (c *Client) signsIn() bool {
	_, is := c.tokens.(*signIn)
	return is
}

// noToken is a client without a credential: it can get tokens for others and
// read the signing keys.
type noToken struct{}

func (noToken) token(context.Context, string, int) (string, error) {
	return "", &SignInError{
		Reason: "the provider has no credential: set client_id, client_secret and login_id (or ATM_CLIENT_ID, ATM_CLIENT_SECRET, ATM_LOGIN_ID)," +
			" or access_token (ATM_ACCESS_TOKEN). In a pipeline with an identity of its own, client_id and login_id are enough",
	}
}

func (noToken) accepted(string) {}
func (noToken) caller() string  { return "" }

// staticToken is a ready access token. The client cannot renew it, but reads
// its file again when the token has ended.
type staticToken struct {
	source  Secret
	setting string // by which the user knows the token
	redact  *redactor
	now     func() time.Time

	mu      sync.Mutex
	current string
}

func (s *staticToken) accepted(string) {}

// caller reads the scope of ATM's tokens, which contains the user's email
// address.
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

func (s *staticToken) token(_ context.Context, refused string, refusals int) (string, error) {
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
	s.redact.learn(token)
	s.current = token
	if s.usable(refused) || refusals == 1 && s.usable("") {
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
	remedy := "Set a new token, or let the provider sign in and renew its own token: set client_id, client_secret and login_id. " +
		"An alias of this provider can also take the token of an ephemeral atm_token."
	if s.source.file != "" {
		remedy = "The provider read the file again and found no newer token. The program that writes the file has to write a new token before the old one expires. " + remedy
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
