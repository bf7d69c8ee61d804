package rules

import (
	"errors"
	"slices"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// Authenticator types, as the management API spells them.
const (
	UserCredentials       = validation.AuthenticatorTypeUserCredentials
	ClientCredentials     = validation.AuthenticatorTypeClientCredentials
	AuthorizationCode     = validation.AuthenticatorTypeAuthorizationCode
	AuthorizationCodePKCE = validation.AuthenticatorTypeAuthorizationCodePKCE
)

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
