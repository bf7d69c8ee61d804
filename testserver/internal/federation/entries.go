package federation

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// Policy is what issuers this server allows.
type Policy struct {
	// AllowPrivate permits http, other ports than 443, and private and loopback
	// addresses.
	AllowPrivate bool
	// Issuer is the server's own, which no federated credential may name.
	Issuer string
}

// Note gets what is wrong with the item of a list: its index, the member at
// fault (empty for the item), and an error that completes a sentence. The index
// is -1 for the list.
type Note func(index int, member string, err error)

// errPublicClient refuses what verifies assertions where nothing is verified.
var errPublicClient = errors.New("must be empty: an application whose clientAuthentication is none does not authenticate")

// CheckCredentials judges an application's federated credentials.
func (p Policy) CheckCredentials(a *store.Application, note Note) {
	all := a.FederatedCredentials
	note(-1, "", listed(len(all), validation.MaxFederatedCredentials, a))
	for i, c := range all {
		note(i, "name", validation.Name(c.Name))
		note(i, "issuer", p.issuer(c.Issuer))
		note(i, "subject", validation.Subject(c.Subject))
		note(i, "audience", validation.Audience(c.Audience))
		note(i, "claims", validation.Claims(c.Claims))
		note(i, "loginIds", loginIDs(a.AuthenticatorType, c.LoginIDs))
		if c.JWKSURI != "" {
			note(i, "jwksUri", firstError(validation.JWKSURI(c.JWKSURI), p.scheme(c.JWKSURI)))
		}
		for _, earlier := range all[:i] {
			if validation.NFC(earlier.Name) == validation.NFC(c.Name) {
				note(i, "name", errors.New("must be unique in the application"))
			}
			if sameToken(earlier, c) {
				note(i, "", errors.New("must differ from every other one in issuer, subject, audience or claims"))
			}
		}
	}
}

func sameToken(a, b store.FederatedCredential) bool {
	return a.Issuer == b.Issuer && a.Subject == b.Subject && a.Audience == b.Audience && maps.Equal(a.Claims, b.Claims)
}

// CheckKeys judges an application's public keys.
func (p Policy) CheckKeys(a *store.Application, note Note) {
	note(-1, "", listed(len(a.PublicKeys), validation.MaxPublicKeys, a))
	seen := map[string]bool{}
	for i, k := range a.PublicKeys {
		if k.KeyID != "" {
			note(i, "kid", validation.KeyID(k.KeyID))
		}
		_, err := validation.PublicKey(k.PEM)
		note(i, "pem", err)
		for _, mark := range []string{"kid " + k.KeyID, k.Fingerprint()} {
			if seen[mark] && mark != "kid " {
				note(i, "", errors.New("must differ from every other one in kid and key"))
			}
			seen[mark] = true
		}
	}
}

func listed(n, most int, a *store.Application) error {
	switch {
	case n > 0 && a.ClientAuthentication == rules.NoAuthentication:
		return errPublicClient
	case n > most:
		return fmt.Errorf("must have at most %d items", most)
	}
	return nil
}

// issuer judges an issuer, which must not be this server: its tokens would sign
// in for other applications than they were issued to.
func (p Policy) issuer(issuer string) error {
	if err := firstError(validation.Issuer(issuer), p.scheme(issuer)); err != nil {
		return err
	}
	if p.Issuer != "" && strings.TrimRight(issuer, "/") == p.Issuer {
		return errors.New("must not be this server")
	}
	return nil
}

func (p Policy) scheme(raw string) error {
	if p.AllowPrivate {
		return nil
	}
	return validation.HTTPS(raw)
}

func loginIDs(authenticatorType string, logins []string) error {
	switch {
	case len(logins) > 0 && authenticatorType == rules.ClientCredentials:
		return errors.New("must be empty: only the other flows have users")
	case len(logins) > validation.MaxLoginIDs:
		return fmt.Errorf("must have at most %d items", validation.MaxLoginIDs)
	}
	for _, login := range logins {
		if err := validation.Email(login); err != nil {
			return fmt.Errorf("must have valid email addresses: one of them %w", err)
		}
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
