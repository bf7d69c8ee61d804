package application

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
)

// Validators of nested attributes would name an element of a set by all of its
// values. The complaints of this file name it by its name or its key id.

// complaints are those about one element of a set.
type complaints struct {
	attribute string // as in federated_credentials
	element   string // as in federated credential "main"
	diags     *diag.Diagnostics
}

func (c complaints) add(what string, err error) {
	if err == nil {
		return
	}
	text := fmt.Sprintf("%s: %s %v", c.element, what, err)
	if !strings.HasSuffix(text, "?") {
		text += "."
	}
	c.diags.AddAttributeError(path.Root(c.attribute), "Invalid "+c.attribute, text)
}

// required validates a text that must be set; see text.
func (c complaints) required(attribute string, value types.String, rules ...func(string) error) {
	if value.IsNull() {
		c.add(attribute, errors.New("must be set"))
	}
	c.text(attribute, value, rules...)
}

// text validates a text, which the complaint repeats, by the first function that
// refuses it.
func (c complaints) text(attribute string, value types.String, rules ...func(string) error) {
	if value.IsNull() || value.IsUnknown() {
		return
	}
	for _, validate := range rules {
		if err := validate(value.ValueString()); err != nil {
			c.add(fmt.Sprintf("%s %q", attribute, value.ValueString()), err)
			return
		}
	}
}

// validateCredentials validates federated_credentials of an application of the
// authenticator type.
func validateCredentials(ctx context.Context, flow types.String, set types.Set, diags *diag.Diagnostics) {
	var earlier []credential
	for _, c := range elements[credential](ctx, set) {
		of := complaints{attrCredentials, fmt.Sprintf("The federated credential %q", c.Name.ValueString()), diags}
		of.required("name", c.Name, validation.Name)
		of.required("issuer", c.Issuer, validation.Issuer, validation.HTTPSOrLoopback)
		of.required("subject", c.Subject, validation.Subject)
		of.required("audience", c.Audience, validation.Audience)
		of.text("jwks_uri", c.JWKSURI, validation.JWKSURI, validation.HTTPSOrLoopback)
		of.add("claims", judgeClaims(c.Claims))
		of.add("login_ids", judgeLogins(flow, c.LoginIDs))
		for _, other := range earlier {
			if !c.Name.IsUnknown() && !other.Name.IsUnknown() && validation.NFC(c.Name.ValueString()) == validation.NFC(other.Name.ValueString()) {
				of.add("name", errors.New("must be unique in the application"))
			}
			if c.sameToken(other) {
				of.add("it", fmt.Errorf("must differ from %q in issuer, subject, audience or claims", other.Name.ValueString()))
			}
		}
		earlier = append(earlier, c)
	}
}

// sameToken reports whether both credentials are for the same tokens, as far as
// is known.
func (c *credential) sameToken(other credential) bool {
	return known(c.Issuer, other.Issuer) && known(c.Subject, other.Subject) && known(c.Audience, other.Audience) &&
		!c.Claims.IsUnknown() && !other.Claims.IsUnknown() && maps.EqualFunc(c.Claims.Elements(), other.Claims.Elements(), func(a, b attr.Value) bool {
		return !a.IsUnknown() && a.Equal(b)
	})
}

// known reports whether two texts are equal and known.
func known(a, b types.String) bool { return !a.IsUnknown() && a.Equal(b) }

func judgeClaims(claims types.Map) error {
	values := map[string]string{}
	for name, value := range claims.Elements() {
		if value.IsNull() {
			return fmt.Errorf("must have a value for %q", name)
		}
		values[name] = value.(types.String).ValueString() // empty while it is unknown
	}
	return validation.Claims(values)
}

// judgeLogins refuses an empty set: it looks as if no user could sign in, but
// to ATM it is the same as none, which lets every user in.
func judgeLogins(flow types.String, logins types.Set) error {
	all := logins.Elements()
	switch {
	case logins.IsNull() || logins.IsUnknown():
		return nil
	case len(all) == 0:
		return errors.New("must name at least one user; without login_ids, every enabled user of the application can sign in")
	case flow.ValueString() == validation.AuthenticatorTypeClientCredentials:
		return fmt.Errorf("must be left out: an application of the type %s has no users", flow.ValueString())
	case len(all) > validation.MaxLoginIDs:
		return fmt.Errorf("must have at most %d email addresses", validation.MaxLoginIDs)
	case slices.ContainsFunc(all, attr.Value.IsNull):
		return errors.New("must not contain null")
	}
	for _, login := range all {
		text := login.(types.String)
		if err := validation.Email(text.ValueString()); err != nil && !text.IsUnknown() {
			return fmt.Errorf("must be email addresses: %q %w", text.ValueString(), err)
		}
	}
	return nil
}

// validateKeys validates public_keys. No complaint repeats a key, which may be the
// private one.
func validateKeys(ctx context.Context, set types.Set, diags *diag.Diagnostics) {
	kids, withoutKid := map[string]bool{}, []equalKey{}
	for _, k := range elements[publicKey](ctx, set) {
		of := complaints{attrKeys, "The public key " + keyLabel(k.KeyID.ValueStringPointer()), diags}
		of.text("kid", k.KeyID, validation.KeyID)
		kid := k.KeyID.ValueString()
		if kids[kid] && kid != "" {
			of.add("kid", errors.New("must be unique in the application"))
		}
		kids[kid] = true
		if of.required("pem", k.PEM); k.PEM.IsUnknown() || k.PEM.IsNull() {
			continue
		}
		parsed, err := validation.PublicKey(k.PEM.ValueString())
		of.add("pem", err)
		if key, ok := parsed.(equalKey); ok && k.KeyID.IsNull() {
			if slices.ContainsFunc(withoutKid, func(other equalKey) bool { return key.Equal(other) }) {
				of.add("it", errors.New("must differ from every other one in kid or pem"))
			}
			withoutKid = append(withoutKid, key)
		}
	}
}

// equalKey is what every public key of the standard library is.
type equalKey interface {
	Equal(other crypto.PublicKey) bool
}
