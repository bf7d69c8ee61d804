package federation

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// choose returns the federated credential that a token names by its claims, for
// a user or, with an empty login, for any. If there are several, the one with
// the most exact subject counts, then the one with the most claims.
func (t *token) choose(all []store.FederatedCredential, login string) (*store.FederatedCredential, *Refusal) {
	left := all
	for _, step := range []struct {
		fault Fault
		fits  func(store.FederatedCredential) bool
	}{
		{FaultIssuer, func(c store.FederatedCredential) bool { return c.Issuer == t.issuer }},
		{FaultAudience, func(c store.FederatedCredential) bool { return c.Audience == t.audience }},
		{FaultSubject, func(c store.FederatedCredential) bool { return subjectFits(c.Subject, t.subject) }},
		{FaultClaims, func(c store.FederatedCredential) bool { return t.claimsFit(c.Claims) }},
		{FaultLogin, func(c store.FederatedCredential) bool { return login == "" || SignsIn(&c, login) }},
	} {
		var fitting []store.FederatedCredential
		for _, c := range left {
			if step.fits(c) {
				fitting = append(fitting, c)
			}
		}
		if left = fitting; len(left) == 0 {
			return nil, refuse(step.fault)
		}
	}
	best := slices.MinFunc(left, func(a, b store.FederatedCredential) int {
		return cmp.Or(exactness(b)-exactness(a), len(b.Claims)-len(a.Claims), strings.Compare(a.Name, b.Name))
	})
	return &best, nil
}

// exactness orders subjects: exact ones first, then longer patterns.
func exactness(c store.FederatedCredential) int {
	if strings.HasSuffix(c.Subject, "*") {
		return len(c.Subject)
	}
	return validation.MaxSubject*4 + 1 // a character has up to four bytes
}

func subjectFits(subject, sub string) bool {
	prefix, pattern := strings.CutSuffix(subject, "*")
	if !pattern {
		return sub == subject
	}
	return strings.HasPrefix(sub, prefix) && len(sub) > len(prefix)
}

func (t *token) claimsFit(claims map[string]string) bool {
	for name, value := range claims {
		if !t.claims.equals(name, value) {
			return false
		}
	}
	return true
}

// SignsIn reports whether a federated credential signs in as a user, by email
// address.
func SignsIn(c *store.FederatedCredential, login string) bool {
	if len(c.LoginIDs) == 0 {
		return true
	}
	key := validation.EmailKey(login)
	return slices.ContainsFunc(c.LoginIDs, func(id string) bool { return validation.EmailKey(id) == key })
}
