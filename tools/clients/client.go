package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/goccy/go-yaml"
)

// client is an entry of clients.yaml.
type client struct {
	Name string `yaml:"name"`
	// Package is what has to be installed: "deb:NAME NAME…", of which the first
	// has the version, npm:NAME, go:MODULE of tools/clients/go/go.mod, or
	// go:PROGRAM@VERSION.
	Package string `yaml:"package"`
	// Kind is how it is driven: a "script" signs in, and verifies its tokens,
	// itself; a "site" is visited by a browser, which signs in; an "api" gets
	// requests with good and bad access tokens.
	Kind string `yaml:"kind"`
	// Application is the one of seed.yaml that it is configured with.
	Application string `yaml:"application"`
	// Dir is the directory below tools/clients in which it runs.
	Dir string `yaml:"dir"`
	// Run is the program with its arguments; its standard output and error are
	// shown if it fails.
	Run []string `yaml:"run"`
	// Env has settings besides those that all clients get.
	Env map[string]string `yaml:"env"`
	// Visit are the paths of a site that the browser opens; the first needs a
	// sign-in, and the last shows the user's email address. Default: /.
	Visit []string `yaml:"visit"`
	// Pause is the time between them.
	Pause time.Duration `yaml:"pause"`
	// Leave is the path of a site that signs out, in which PORT is the site's;
	// empty: it has none.
	Leave string `yaml:"leave"`
	// Keys is set for an api that gets its keys as files from Terraform.
	Keys bool `yaml:"keys"`
	// Does are the capabilities (see the constants) that the server's log has to
	// show.
	Does []string `yaml:"does"`
	// Notes are the settings that it needs, for the table.
	Notes string `yaml:"notes"`
}

// The capabilities, in the order of the table's columns.
const (
	signIn        = "sign-in"
	refresh       = "refresh"
	userInfo      = "userinfo"
	introspection = "introspection"
	revocation    = "revocation"
	signOut       = "sign-out"
	rotations     = "rotations" // tokens of three signing keys, one after the other
)

var capabilities = []string{signIn, refresh, userInfo, introspection, revocation, signOut, rotations}

// readClients returns the clients of a file, or those with the names.
func readClients(file string, names []string) ([]client, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var clients []client
	if err := yaml.UnmarshalWithOptions(content, &clients, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for i := range clients {
		for _, does := range clients[i].Does {
			if !slices.Contains(capabilities, does) {
				return nil, fmt.Errorf("%s: %s: %q is none of %q", file, clients[i].Name, does, capabilities)
			}
		}
	}
	if len(names) > 0 {
		clients = slices.DeleteFunc(clients, func(c client) bool { return !slices.Contains(names, c.Name) })
	}
	if len(clients) == 0 {
		return nil, errors.New("no client has one of these names")
	}
	return clients, nil
}
