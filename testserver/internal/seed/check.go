package seed

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tci-pf/terraform-provider-atm/internal/validation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/federation"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
)

// checker finds all mistakes that can be found without the store.
type checker struct {
	seed *Seed
	dir  string
	errs []error
	// seen are values that may occur once, by their kind.
	seen map[string]string
}

func (c *checker) check() {
	c.seen = map[string]string{}
	if c.seed.instanceID != "" {
		c.add("instanceId", validation.InstanceID(c.seed.instanceID))
	}
	for i := range c.seed.suites {
		s, path := &c.seed.suites[i], fmt.Sprintf("suites[%d]", i)
		c.id(path, s.ID)
		c.name(path, "suite", s.Name)
		for j := range s.Projects {
			c.project(&s.Projects[j], fmt.Sprintf("%s.projects[%d]", path, j), path)
		}
	}
}

func (c *checker) project(p *project, path, parent string) {
	c.id(path, p.ID)
	c.name(path, parent+" project", p.Name)
	for i := range p.Users {
		c.user(&p.Users[i], fmt.Sprintf("%s.users[%d]", path, i))
	}
	for i := range p.Applications {
		c.application(&p.Applications[i], fmt.Sprintf("%s.applications[%d]", path, i), path)
	}
}

func (c *checker) user(u *user, path string) {
	c.id(path, u.ID)
	if c.add(path+".email", validation.Email(u.Email)) {
		c.once(path+".email", "user", validation.EmailKey(u.Email))
	}
	c.add(path+".firstName", validation.FirstName(u.FirstName))
	c.add(path+".lastName", validation.LastName(u.LastName))
	c.add(path+".role", rules.OneOf(u.Role, validation.Roles()))
	c.secret(path+".password", &u.Password, validation.Password)
}

func (c *checker) application(a *application, path, parent string) {
	c.id(path, a.ID)
	c.name(path, parent+" application", a.Name)
	if a.ClientID != "" && c.add(path+".clientId", validation.ObjectID(a.ClientID)) {
		c.once(path+".clientId", "client id", a.ClientID)
	}
	c.secret(path+".clientSecret", &a.ClientSecret, validation.ClientSecret)
	if c.add(path+".authenticatorType", rules.OneOf(a.AuthenticatorType, validation.AuthenticatorTypes())) {
		c.add(path+".redirectUrls", rules.RedirectURLs(a.AuthenticatorType, a.RedirectURLs))
		c.clientAuthentication(a, path)
	}
	for i, u := range a.RedirectURLs {
		at := fmt.Sprintf("%s.redirectUrls[%d]", path, i)
		if c.add(at, validation.RedirectURL(u)) && slices.Contains(a.RedirectURLs[:i], u) {
			c.add(at, errors.New("must be unique"))
		}
	}
	c.origins(a, path)
	c.seconds(path+".accessTokenLifespan", a.AccessTokenLifespan, validation.MinAccessTokenLifespan, validation.MaxAccessTokenLifespan)
	c.seconds(path+".refreshTokenLifespan", a.RefreshTokenLifespan, validation.MinRefreshTokenLifespan, validation.MaxRefreshTokenLifespan)
	c.seconds(path+".refreshTokenGracePeriod", a.RefreshTokenGracePeriod, validation.MinRefreshTokenGracePeriod, validation.MaxRefreshTokenGracePeriod)
	c.credentials(federation.Policy{AllowPrivate: true}, a, path)
	c.assignments(a, path)
}

func (c *checker) clientAuthentication(a *application, path string) {
	if !c.add(path+".clientAuthentication", rules.ClientAuthentication(a.AuthenticatorType, a.authentication())) {
		return
	}
	c.add(path+".clientSecret", rules.ClientSecret(a.authentication(), a.ClientSecret.given))
	c.add(path+".introspectionAccess", rules.IntrospectionAccess(a.authentication(), a.IntrospectionAccess))
}

func (c *checker) origins(a *application, path string) {
	normal, i, err := validation.Origins(a.AllowedOrigins)
	if c.add(fmt.Sprintf("%s.allowedOrigins[%d]", path, i), err) {
		a.AllowedOrigins = normal
	}
}

func (c *checker) assignments(a *application, path string) {
	for i, u := range a.Users {
		at := fmt.Sprintf("%s.users[%d]", path, i)
		if c.add(at+".email", validation.Email(u.Email)) {
			c.once(at+".email", path+" assignment", validation.EmailKey(u.Email))
		}
		c.add(at+".enabled", rules.Toggle(a.AuthenticatorType, orDefault(u.Enabled, true)))
	}
}

// add notes a mistake, and reports whether there is none.
func (c *checker) add(path string, err error) bool {
	if c.seed.broken[path] {
		return false // said already
	}
	if err != nil {
		c.errs = append(c.errs, c.seed.mistake(path, err.Error()))
	}
	return err == nil
}

func (c *checker) id(path, id string) {
	if id != "" && c.add(path+".id", validation.ObjectID(id)) {
		c.once(path+".id", "id", id)
	}
}

func (c *checker) name(path, kind, name string) {
	if c.add(path+".name", validation.Name(name)) {
		c.once(path+".name", kind, validation.NFC(name))
	}
}

// once refuses a value that came before.
func (c *checker) once(path, kind, value string) {
	key := kind + "\x00" + value
	if first, again := c.seen[key]; again {
		line, _ := c.seed.position(first)
		c.add(path, fmt.Errorf("must not be the same as in line %d", line))
		return
	}
	c.seen[key] = path
}

func (c *checker) seconds(path string, n *int64, low, high int64) {
	if n != nil {
		c.add(path, rules.Between(*n, low, high))
	}
}

func (c *checker) secret(path string, s *secret, rule func(string) error) {
	if s.given && c.add(path, s.resolve(c.dir)) {
		c.add(path, rule(s.value))
	}
}

func orDefault[T any](given *T, fallback T) T {
	if given == nil {
		return fallback
	}
	return *given
}
