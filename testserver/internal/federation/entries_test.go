package federation

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/validation/validationtest"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func notes(check func(*store.Application, Note), a store.Application) (out []string) {
	check(&a, func(index int, member string, err error) {
		if err != nil {
			out = append(out, fmt.Sprintf("%d %s: %v", index, member, err))
		}
	})
	return out
}

func TestCheckCredentials(t *testing.T) {
	t.Parallel()
	strict, lax := Policy{Issuer: ownIssuer}, Policy{Issuer: ownIssuer, AllowPrivate: true}
	one := store.FederatedCredential{Name: "main", Issuer: "https://ci.example", Subject: "repo:octo/shop:*", Audience: "atm"}
	with := func(edit func(*store.FederatedCredential)) []store.FederatedCredential {
		c := one
		edit(&c)
		return []store.FederatedCredential{c}
	}
	var many []store.FederatedCredential
	for i := range 21 {
		c := one
		c.Name, c.Audience = fmt.Sprint("entry ", i), fmt.Sprint("audience ", i)
		many = append(many, c)
	}
	for name, tc := range map[string]struct {
		policy  Policy
		entries []store.FederatedCredential
		flow    string
		method  string
		says    []string // each is part of one mistake
	}{
		"right":           {strict, []store.FederatedCredential{one}, "user_credentials", "secret", nil},
		"for assertion":   {strict, []store.FederatedCredential{one}, "user_credentials", "assertion", nil},
		"none":            {strict, nil, "authorization_code_pkce", "none", nil},
		"a public client": {strict, []store.FederatedCredential{one}, "authorization_code_pkce", "none", []string{"-1 : must be empty"}},
		"20":              {strict, many[:20], "user_credentials", "secret", nil},
		"21":              {strict, many, "user_credentials", "secret", []string{"-1 : must have at most 20 items"}},
		"http":            {strict, with(func(c *store.FederatedCredential) { c.Issuer = "http://ci.example" }), "", "", []string{"0 issuer: must begin with https://"}},
		"http allowed": {lax, with(func(c *store.FederatedCredential) {
			c.Issuer, c.JWKSURI = "http://ci.example:8080", "http://127.0.0.1/"
		}), "", "", nil},
		"keys by http":   {strict, with(func(c *store.FederatedCredential) { c.JWKSURI = "http://ci.example/jwks" }), "", "", []string{"0 jwksUri: must begin with https://"}},
		"this server":    {lax, with(func(c *store.FederatedCredential) { c.Issuer = ownIssuer }), "", "", []string{"0 issuer: must not be this server"}},
		"with a slash":   {lax, with(func(c *store.FederatedCredential) { c.Issuer = ownIssuer + "/" }), "", "", []string{"0 issuer: must not be this server"}},
		"wrong texts":    {strict, with(func(c *store.FederatedCredential) { *c = store.FederatedCredential{Subject: "repo:*"} }), "", "", []string{"0 name: ", "0 issuer: ", "0 subject: ", "0 audience: "}},
		"a wrong login":  {strict, with(func(c *store.FederatedCredential) { c.LoginIDs = []string{"jo@example.com", "jo"} }), "", "", []string{"0 loginIds: "}},
		"a wrong claim":  {strict, with(func(c *store.FederatedCredential) { c.Claims = map[string]string{"": ""} }), "", "", []string{"0 claims: "}},
		"no users":       {strict, with(func(c *store.FederatedCredential) { c.LoginIDs = []string{"jo@example.com"} }), "client_credentials", "", []string{"0 loginIds: must be empty"}},
		"the same name":  {strict, []store.FederatedCredential{one, {Name: "main", Issuer: "https://b.example", Subject: "s", Audience: "a"}}, "", "", []string{"1 name: must be unique"}},
		"the same token": {strict, []store.FederatedCredential{one, {Name: "b", Issuer: one.Issuer, Subject: one.Subject, Audience: one.Audience, SingleUse: true}}, "", "", []string{"1 : must differ"}},
		"other claims":   {strict, []store.FederatedCredential{one, {Name: "b", Issuer: one.Issuer, Subject: one.Subject, Audience: one.Audience, Claims: map[string]string{"a": "b"}}}, "", "", nil},
	} {
		a := store.Application{AuthenticatorType: tc.flow, ClientAuthentication: tc.method, FederatedCredentials: tc.entries}
		got := notes(tc.policy.CheckCredentials, a)
		if len(got) != len(tc.says) || slices.ContainsFunc(tc.says, func(part string) bool {
			return !slices.ContainsFunc(got, func(note string) bool { return strings.HasPrefix(note, part) })
		}) {
			t.Errorf("%s: %q, want %q", name, got, tc.says)
		}
	}
}

func TestCheckKeys(t *testing.T) {
	t.Parallel()
	p256, ed := validationtest.P256PEM, validationtest.Ed25519PEM
	for name, tc := range map[string]struct {
		keys   []store.PublicKey
		method string
		says   string
	}{
		"two":             {[]store.PublicKey{{PEM: p256}, {PEM: ed}}, "secret", ""},
		"a public client": {[]store.PublicKey{{PEM: p256}}, "none", "-1 : must be empty"},
		"six":             {make([]store.PublicKey, 6), "secret", "-1 : must have at most 5 items"},
		"the same kid":    {[]store.PublicKey{{KeyID: "a", PEM: p256}, {KeyID: "a", PEM: ed}}, "secret", "1 : must differ"},
		"the same key":    {[]store.PublicKey{{PEM: p256}, {PEM: p256 + "\n"}}, "secret", "1 : must differ"},
		"a wrong kid":     {[]store.PublicKey{{KeyID: "a\n", PEM: p256}}, "secret", "0 kid: "},
		"no key":          {[]store.PublicKey{{PEM: "x"}}, "secret", "0 pem: "},
	} {
		got := notes(Policy{}.CheckKeys, store.Application{ClientAuthentication: tc.method, PublicKeys: tc.keys})
		if (len(got) > 0) != (tc.says != "") || len(got) > 0 && !strings.HasPrefix(got[0], tc.says) {
			t.Errorf("%s: %q, want %q", name, got, tc.says)
		}
	}
}
