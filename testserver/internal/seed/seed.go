// Package seed fills a store at the start of a server with what a YAML file
// describes. It is applied idempotently: the same values change nothing, others
// update the object. It knows the store and the rules for values; it knows
// neither HTTP nor roles.
//
// A seed does not touch what the file does not mention, assignments included:
// it adds and changes, and never deletes.
//
// A seed stores the ids of its objects (store.SetSeededObject), each under a
// key: the name in its parent, or a user's email address. A later start finds
// them by id, also under another name. What a seed finds by name or email
// address and did not create, a suite admin may control: such an object gets no
// power (see objects.go).
package seed

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/rules"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// Seed is a file that was read and found right, or the administrator.
type Seed struct {
	name string
	// nodes are the values of the file by their paths, such as suites[0].name,
	// for the lines of errors; broken are the paths of values that could not be
	// read.
	nodes  map[string]*yaml.Node
	broken map[string]bool
	// instanceID is empty where the file sets none.
	instanceID string
	suites     []suite

	// administrator reports whether this is the seed of the --admin-* flags:
	// each object has a key that does not change, errors name a flag, and
	// existing objects keep the settings that no flag gives.
	administrator bool
}

// InstanceID is the instance id that the file sets, empty where it sets none.
func (s *Seed) InstanceID() string { return s.instanceID }

// The form of the file. Ids are optional throughout: without one, an object is
// known by its name in its parent, an application by its client id or name, a
// user by its email address.
type (
	file struct {
		InstanceID string  `yaml:"instanceId"`
		Suites     []suite `yaml:"suites"`
	}
	suite struct {
		ID       string    `yaml:"id"`
		Name     string    `yaml:"name"`
		Projects []project `yaml:"projects"`
	}
	project struct {
		ID           string        `yaml:"id"`
		Name         string        `yaml:"name"`
		Users        []user        `yaml:"users"`
		Applications []application `yaml:"applications"`
	}
	user struct {
		ID        string `yaml:"id"`
		Email     string `yaml:"email"`
		FirstName string `yaml:"firstName"`
		LastName  string `yaml:"lastName"`
		Role      string `yaml:"role"`
		Enabled   *bool  `yaml:"enabled"`
		Password  secret `yaml:"password"`
	}
	application struct {
		ID                      string       `yaml:"id"`
		Name                    string       `yaml:"name"`
		AuthenticatorType       string       `yaml:"authenticatorType"`
		ClientID                string       `yaml:"clientId"`
		ClientSecret            secret       `yaml:"clientSecret"`
		RedirectURLs            []string     `yaml:"redirectUrls"`
		AllowedOrigins          []string     `yaml:"allowedOrigins"`
		AccessTokenLifespan     *int64       `yaml:"accessTokenLifespan"`
		RefreshTokenLifespan    *int64       `yaml:"refreshTokenLifespan"`
		RefreshTokenGracePeriod *int64       `yaml:"refreshTokenGracePeriod"`
		ManagementAccess        bool         `yaml:"managementAccess"`
		ClientAuthentication    string       `yaml:"clientAuthentication"`
		IntrospectionAccess     bool         `yaml:"introspectionAccess"`
		FederatedCredentials    []credential `yaml:"federatedCredentials"`
		PublicKeys              []publicKey  `yaml:"publicKeys"`
		Users                   []assignment `yaml:"users"`
	}
	credential struct {
		Name      string            `yaml:"name"`
		Issuer    string            `yaml:"issuer"`
		Subject   string            `yaml:"subject"`
		Audience  string            `yaml:"audience"`
		Claims    map[string]string `yaml:"claims"`
		LoginIDs  []string          `yaml:"loginIds"`
		JWKSURI   string            `yaml:"jwksUri"`
		SingleUse bool              `yaml:"singleUse"`
	}
	publicKey struct {
		KeyID string `yaml:"kid"`
		PEM   string `yaml:"pem"`
	}
	assignment struct {
		Email   string `yaml:"email"`
		Enabled *bool  `yaml:"enabled"`
	}
)

// authentication is how the application authenticates.
func (a *application) authentication() string {
	return cmp.Or(a.ClientAuthentication, rules.SecretAuthentication)
}

// secret is given as a text, or as `env: VARIABLE` or `file: PATH`.
type secret struct {
	given bool
	value string
	// hash is that of a value that is not known any more, nil for other values.
	hash []byte
	// env and file say where the value is to be found.
	env, file string
	// misformed is a value that is none of these. It is found here, and
	// reported with its line by resolve.
	misformed bool
}

// secretOf takes a text, or a mapping with exactly one of env and file.
func secretOf(n *yaml.Node) secret {
	s := secret{given: true}
	switch {
	case isString(n):
		s.value = n.Value
	case n.Kind == yaml.MappingNode:
		s.misformed = len(n.Content) != 2 || !s.reference(n.Content[0].Value, target(n.Content[1]))
	default:
		s.misformed = true
	}
	return s
}

func isString(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" }

// sum is the hash of a given client secret.
func (s *secret) sum() []byte {
	if s.hash != nil {
		return s.hash
	}
	return store.Hash(s.value)
}

var errSecretForm = errors.New("must be a text (in quotes where it looks like a number), or env: VARIABLE, or file: PATH")

// reference reads where the value is to be found, and reports whether it could.
func (s *secret) reference(kind string, place *yaml.Node) bool {
	if !isString(place) || place.Value == "" {
		return false
	}
	switch kind {
	case "env":
		s.env = place.Value
	case "file":
		s.file = place.Value
	default:
		return false
	}
	return true
}

// resolve finds the value. dir is where relative paths begin.
func (s *secret) resolve(dir string) error {
	switch {
	case s.misformed:
		return errSecretForm
	case s.env != "":
		value, set := os.LookupEnv(s.env)
		if !set {
			return fmt.Errorf("names the environment variable %s, which is not set", s.env)
		}
		s.value = value
	case s.file != "":
		path := s.file
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("cannot be read from its file: %w", err)
		}
		s.value = strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	}
	return nil
}

// Parse reads a seed. name is in messages, which have the form
// "name:line:column: what was expected"; all mistakes are reported together.
// Where name is a path, files that the seed names are sought beside it. Secrets
// are resolved here, so that a missing one is found before anything is stored.
func Parse(name string, text []byte) (*Seed, error) {
	s := &Seed{name: name, nodes: map[string]*yaml.Node{}, broken: map[string]bool{}}
	if err := s.encoding(text); err != nil {
		return nil, err
	}
	var documents []yaml.Node
	if err := yaml.Load(text, &documents, yaml.WithAllDocuments()); err != nil {
		return nil, s.syntax(err)
	}
	var (
		f file
		c = checker{seed: s, dir: filepath.Dir(name)}
		d = decoder{seed: s, errs: &c.errs, known: map[*yaml.Node][]member{}}
	)
	for i := range documents {
		switch n := &documents[i]; {
		case i > 0:
			d.wrong("", n, "must not be here: a seed is one YAML document")
		case len(n.Content) > 0:
			d.value("", n.Content[0], reflect.ValueOf(&f).Elem())
		}
	}
	s.suites, s.instanceID = f.Suites, f.InstanceID
	c.check()
	if len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	return s, nil
}
