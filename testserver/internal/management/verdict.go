package management

import (
	"strconv"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/problem"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// verdict collects what is wrong with the fields of a body where the document's
// schemas cannot say it.
type verdict struct{ fields []problem.Field }

func (v *verdict) add(pointer string, err error) {
	if err != nil {
		v.fields = append(v.fields, problem.Field{Pointer: pointer, Detail: err.Error()})
	}
}

func (v *verdict) err() error {
	if len(v.fields) == 0 {
		return nil
	}
	return problem.InvalidFields(v.fields)
}

// text judges a field that was sent.
func (v *verdict) text(pointer string, sent *string, judge func(string) error) {
	if sent != nil {
		v.add(pointer, judge(*sent))
	}
}

// redirectURLs judges an application's redirect URLs.
func (v *verdict) redirectURLs(a *store.Application) {
	v.add("/redirectUrls", rules.RedirectURLs(a.AuthenticatorType, a.RedirectURLs))
	for i, u := range a.RedirectURLs {
		v.add("/redirectUrls/"+strconv.Itoa(i), validation.RedirectURL(u))
	}
}

// origins judges and normalizes an application's origins.
func (v *verdict) origins(a *store.Application) {
	origins, i, err := validation.Origins(a.AllowedOrigins)
	if err != nil {
		v.add("/allowedOrigins/"+strconv.Itoa(i), err)
		return
	}
	a.AllowedOrigins = origins
}

// clientSecret is a secret to be stored as a hash.
type clientSecret struct {
	value string
	given bool
}

// secret judges a given client secret, or makes one.
func (v *verdict) secret(given *string) clientSecret {
	if given == nil {
		return clientSecret{value: random.ClientSecret()}
	}
	v.add("/clientSecret", validation.ClientSecret(*given))
	return clientSecret{value: *given, given: true}
}

func (c clientSecret) hash() []byte { return store.Hash(c.value) }

// generated is what is shown once: a given secret is not echoed.
func (c clientSecret) generated() *string {
	if c.given {
		return nil
	}
	return &c.value
}
