package management

import (
	"strconv"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// fieldErrors are the validation errors of a body that the document's schemas
// cannot express.
type fieldErrors struct{ fields []problem.Field }

func (e *fieldErrors) add(pointer string, err error) {
	if err != nil {
		e.fields = append(e.fields, problem.Field{Pointer: pointer, Detail: err.Error()})
	}
}

func (e *fieldErrors) err() error {
	if len(e.fields) == 0 {
		return nil
	}
	return problem.InvalidFields(e.fields)
}

// text checks a field that was sent.
func (e *fieldErrors) text(pointer string, sent *string, check func(string) error) {
	if sent != nil {
		e.add(pointer, check(*sent))
	}
}

// redirectURLs checks an application's redirect URLs.
func (e *fieldErrors) redirectURLs(a *store.Application) {
	e.add("/redirectUrls", rules.RedirectURLs(a.AuthenticatorType, a.RedirectURLs))
	for i, u := range a.RedirectURLs {
		e.add("/redirectUrls/"+strconv.Itoa(i), validation.RedirectURL(u))
	}
}

// origins checks and normalizes an application's origins.
func (e *fieldErrors) origins(a *store.Application) {
	origins, i, err := validation.Origins(a.AllowedOrigins)
	if err != nil {
		e.add("/allowedOrigins/"+strconv.Itoa(i), err)
		return
	}
	a.AllowedOrigins = origins
}

// clientAuthentication checks how an application authenticates, and what takes
// authentication.
func (e *fieldErrors) clientAuthentication(a *store.Application) {
	e.add("/clientAuthentication", rules.ClientAuthentication(a.AuthenticatorType, a.ClientAuthentication))
	e.add("/introspectionAccess", rules.IntrospectionAccess(a.ClientAuthentication, a.IntrospectionAccess))
}

// clientSecret is a secret to be stored as a hash. The zero value is none.
type clientSecret struct {
	value string
	given bool
}

// secret checks a given client secret, or makes one.
func (e *fieldErrors) secret(given *string) clientSecret {
	if given == nil {
		return clientSecret{value: random.ClientSecret()}
	}
	e.add("/clientSecret", validation.ClientSecret(*given))
	return clientSecret{value: *given, given: true}
}

// firstSecret is secret for an application that may be without one.
func (e *fieldErrors) firstSecret(a *store.Application, given *string) clientSecret {
	if a.ClientAuthentication != rules.SecretAuthentication {
		e.add("/clientSecret", rules.ClientSecret(a.ClientAuthentication, given != nil))
		return clientSecret{}
	}
	return e.secret(given)
}

// hash is nil for no secret.
func (c clientSecret) hash() []byte {
	if c.value == "" {
		return nil
	}
	return store.Hash(c.value)
}

// generated is what is shown once: a given secret is not echoed.
func (c clientSecret) generated() *string {
	if c.given || c.value == "" {
		return nil
	}
	return &c.value
}
