package seed

import (
	"errors"
	"fmt"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/federation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func (a *application) credentials() []store.FederatedCredential {
	var all []store.FederatedCredential
	for _, c := range a.FederatedCredentials {
		stored := store.FederatedCredential{
			Name: validation.NFC(c.Name), Issuer: c.Issuer, Subject: c.Subject, Audience: c.Audience, Claims: c.Claims,
			JWKSURI: c.JWKSURI, SingleUse: c.SingleUse,
		}
		for _, login := range c.LoginIDs {
			stored.LoginIDs = append(stored.LoginIDs, validation.NFC(login))
		}
		all = append(all, stored)
	}
	return all
}

func (a *application) publicKeys() []store.PublicKey {
	var all []store.PublicKey
	for _, k := range a.PublicKeys {
		all = append(all, store.PublicKey(k))
	}
	return all
}

// credentials checks what verifies an application's assertions.
func (c *checker) credentials(policy federation.Policy, a *application, path string) {
	as := store.Application{
		AuthenticatorType: a.AuthenticatorType, ClientAuthentication: a.authentication(),
		FederatedCredentials: a.credentials(), PublicKeys: a.publicKeys(),
	}
	note := func(list string) federation.Note {
		return func(index int, member string, err error) {
			at := path + "." + list
			if index >= 0 {
				at += fmt.Sprintf("[%d]", index)
			}
			if member != "" {
				at += "." + member
			}
			c.add(at, err)
		}
	}
	policy.CheckCredentials(&as, note("federatedCredentials"))
	policy.CheckKeys(&as, note("publicKeys"))
}

// CheckTrust refuses federated credentials whose issuers this server does not
// allow, which Parse cannot know.
func (s *Seed) CheckTrust(policy federation.Policy) error {
	c := checker{seed: s}
	for i, suite := range s.suites {
		for j, p := range suite.Projects {
			for k := range p.Applications {
				path := fmt.Sprintf("suites[%d].projects[%d].applications[%d]", i, j, k)
				c.credentials(policy, &p.Applications[k], path)
			}
		}
	}
	return errors.Join(c.errs...)
}
