package rules

import (
	"errors"
	"slices"
)

// Authenticator types, as the management API spells them.
const (
	UserCredentials       = "user_credentials"
	ClientCredentials     = "client_credentials"
	AuthorizationCode     = "authorization_code"
	AuthorizationCodePKCE = "authorization_code_pkce"
)

// AuthenticatorTypes lists all of them.
func AuthenticatorTypes() []string {
	return []string{UserCredentials, ClientCredentials, AuthorizationCode, AuthorizationCodePKCE}
}

// Redirects tells whether a flow sends the browser back to the application.
func Redirects(authenticatorType string) bool {
	return slices.Contains([]string{AuthorizationCode, AuthorizationCodePKCE}, authenticatorType)
}

// RedirectURLs checks whether a flow takes these redirect URLs: the two
// authorization flows need at least one, the others take none.
func RedirectURLs(authenticatorType string, urls []string) error {
	switch redirects := Redirects(authenticatorType); {
	case redirects && len(urls) == 0:
		return errors.New("must contain at least one URL for an authorization flow")
	case !redirects && len(urls) > 0:
		return errors.New("must be empty: only the authorization flows redirect")
	}
	return nil
}

// Toggle checks whether an assignment may be disabled: only applications of
// the User Credentials flow have the toggle.
func Toggle(authenticatorType string, enabled bool) error {
	if !enabled && authenticatorType != UserCredentials {
		return errors.New("must be true: only applications of the User Credentials flow can disable a user")
	}
	return nil
}

// Defaults and bounds of an application's lifespans, in seconds.
const (
	DefaultAccessTokenLifespan     = 600
	MinAccessTokenLifespan         = 60
	MaxAccessTokenLifespan         = 86_400
	DefaultRefreshTokenLifespan    = 86_400
	MinRefreshTokenLifespan        = 300
	MaxRefreshTokenLifespan        = 31_536_000
	DefaultRefreshTokenGracePeriod = 0
	MaxRefreshTokenGracePeriod     = 60
)
