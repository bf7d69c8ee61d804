package management

import (
	"strconv"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/api"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/federation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// credentialsFrom are the federated credentials of a body.
func credentialsFrom(sent []api.FederatedCredential) []store.FederatedCredential {
	return each(sent, func(c api.FederatedCredential) store.FederatedCredential {
		return store.FederatedCredential{
			Name: validation.NFC(c.Name), Issuer: c.Issuer, Subject: c.Subject, Audience: c.Audience,
			Claims: or(c.Claims, nil), LoginIDs: each(or(c.LoginIds, nil), validation.NFC),
			JWKSURI: or(c.JwksUri, ""), SingleUse: or(c.SingleUse, false),
		}
	})
}

func credentialBody(c store.FederatedCredential) api.FederatedCredential {
	body := api.FederatedCredential{
		Name: c.Name, Issuer: c.Issuer, Subject: c.Subject, Audience: c.Audience, SingleUse: &c.SingleUse,
	}
	if len(c.Claims) > 0 {
		body.Claims = &c.Claims
	}
	if len(c.LoginIDs) > 0 {
		body.LoginIds = &c.LoginIDs
	}
	if c.JWKSURI != "" {
		body.JwksUri = &c.JWKSURI
	}
	return body
}

// keysFrom are the public keys of a body.
func keysFrom(sent []api.PublicKey) []store.PublicKey {
	return each(sent, func(k api.PublicKey) store.PublicKey {
		return store.PublicKey{KeyID: or(k.Kid, ""), PEM: k.Pem}
	})
}

func keyBody(k store.PublicKey) api.PublicKey {
	body := api.PublicKey{Pem: k.PEM}
	if k.KeyID != "" {
		body.Kid = &k.KeyID
	}
	return body
}

// at notes mistakes in the items of a list under its pointer.
func (e *fieldErrors) at(list string) federation.Note {
	return func(index int, member string, err error) {
		pointer := list
		if index >= 0 {
			pointer += "/" + strconv.Itoa(index)
		}
		if member != "" {
			pointer += "/" + member
		}
		e.add(pointer, err)
	}
}

func (e *fieldErrors) federatedCredentials(p federation.Policy, a *store.Application) {
	p.CheckCredentials(a, e.at("/federatedCredentials"))
}

func (e *fieldErrors) publicKeys(p federation.Policy, a *store.Application) {
	p.CheckKeys(a, e.at("/publicKeys"))
}
