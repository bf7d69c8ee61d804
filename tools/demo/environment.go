package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// foreign tells whether the environment variable of that name would change
// what Terraform, the provider or the server do. TERRAFORM_CONFIG is the old
// name of TF_CLI_CONFIG_FILE, which Terraform still reads.
func foreign(name string) bool {
	return strings.HasPrefix(name, "TF_") || strings.HasPrefix(name, "ATM_") || name == "TERRAFORM_CONFIG"
}

// cleanEnviron returns environ (in the form of [os.Environ]) without the
// caller's own Terraform settings and ATM credentials.
func cleanEnviron(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return foreign(name)
	})
}

// foreignNames lists the caller's variables that cleanEnviron removes, sorted.
func foreignNames(environ []string) []string {
	var names []string
	for _, entry := range environ {
		if name, _, _ := strings.Cut(entry, "="); foreign(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// variable is one environment variable of those that the provider reads.
type variable struct{ name, value string }

func (r ready) variables() []variable {
	return []variable{
		{"ATM_ENDPOINT", r.Endpoint},
		{"ATM_CLIENT_ID", r.ClientID},
		{"ATM_CLIENT_SECRET", r.ClientSecret},
		{"ATM_LOGIN_ID", r.LoginID},
	}
}

// cliConfigFile is the CLI configuration that the demo's Terraform reads in
// place of the caller's, which may hold mirrors or development overrides.
func cliConfigFile(dir string) string { return filepath.Join(dir, "terraform.rc") }

// terraformEnviron returns the environment of Terraform and of the provider
// that it starts, and writes the CLI configuration that it names.
func terraformEnviron(environ []string, dir string, server ready) ([]string, error) {
	file := cliConfigFile(dir)
	if err := os.WriteFile(file, []byte("disable_checkpoint = true\n"), 0o600); err != nil {
		return nil, fmt.Errorf("write Terraform's CLI configuration: %w", err)
	}
	out := append(cleanEnviron(environ),
		"TF_CLI_CONFIG_FILE="+file,
		"TF_IN_AUTOMATION=1",
		"CHECKPOINT_DISABLE=1",
	)
	for _, v := range server.variables() {
		out = append(out, v.name+"="+v.value)
	}
	return out, nil
}
