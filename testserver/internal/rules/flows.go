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

// Redirects reports whether a flow sends the browser back to the application.
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

// How an application authenticates to the token endpoints, as the management
// API spells it (RFC 6749 §2.3).
const (
	// SecretAuthentication is a client secret.
	SecretAuthentication = validation.ClientAuthenticationSecret
	// NoAuthentication is that of a public client (RFC 6749 §2.1).
	NoAuthentication = validation.ClientAuthenticationNone
	// AssertionAuthentication is an assertion, and there is no secret.
	AssertionAuthentication = validation.ClientAuthenticationAssertion
)

// ClientAuthentication checks how applications of a flow may authenticate:
// without PKCE, a client that gets hold of a code could redeem it.
func ClientAuthentication(authenticatorType, clientAuthentication string) error {
	if err := OneOf(clientAuthentication, validation.ClientAuthentications()); err != nil {
		return err
	}
	if clientAuthentication == NoAuthentication && authenticatorType != AuthorizationCodePKCE {
		return errors.New("must be secret or assertion: only applications of the Authorization PKCE Flow can be public clients")
	}
	return nil
}

// ClientSecret checks whether an application has a client secret that can be
// given.
func ClientSecret(clientAuthentication string, given bool) error {
	if given && clientAuthentication != SecretAuthentication {
		return errors.New("must not be given: an application whose clientAuthentication is none or assertion has no client secret")
	}
	return nil
}

// IntrospectionAccess checks whether an application may introspect the tokens
// of others, for which it has to authenticate (RFC 7662 §2.1).
func IntrospectionAccess(clientAuthentication string, access bool) error {
	if access && clientAuthentication == NoAuthentication {
		return errors.New("must be false: an application whose clientAuthentication is none cannot introspect tokens")
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
