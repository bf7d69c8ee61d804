package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// variable is one of the provider's environment variables.
type variable struct{ name, value string }

// announce tells where the server is and, where they were made up, the
// administrator's credentials: this once, since only the secret's hash is kept.
func (f *flags) announce(out io.Writer, s *testserver.Server) error {
	secret := s.Admin().ClientSecret
	// The caller that gave the secret has it, and no other place may contain
	// it.
	if f.AdminClientSecret != "" {
		secret = ""
	}
	variables, err := f.variables(s, secret)
	if err != nil {
		return err
	}
	switch f.Print {
	case "json":
		object := map[string]string{}
		for _, v := range variables {
			object[v.name] = v.value
		}
		return json.NewEncoder(out).Encode(object)
	case "env":
		assignments := make([]string, len(variables))
		for i, v := range variables {
			assignments[i] = v.name + "=" + quote(v.value)
		}
		_, err := fmt.Fprintln(out, "export", strings.Join(assignments, " "))
		return err
	}
	// In one piece: a script may read the file as soon as it is not empty.
	var lines strings.Builder
	for _, v := range variables {
		fmt.Fprintf(&lines, "export %s=%s\n", v.name, quote(v.value))
	}
	_, err = io.WriteString(out, lines.String())
	return err
}

// variables are what a client needs; an empty secret is left out.
func (f *flags) variables(s *testserver.Server, secret string) ([]variable, error) {
	admin := s.Admin()
	variables := []variable{{"ATM_ENDPOINT", s.PublicURL()}}
	add := func(name, value string) {
		if value != "" {
			variables = append(variables, variable{name, value})
		}
	}
	add("ATM_CLIENT_ID", admin.ClientID)
	add("ATM_CLIENT_SECRET", secret)
	add("ATM_LOGIN_ID", admin.LoginID)
	if f.TLSSelfSigned {
		file, err := filepath.Abs(f.caFile())
		if err != nil {
			return nil, err
		}
		add("ATM_CA_CERT_FILE", file)
	}
	return variables, nil
}

var plain = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`)

// quote makes a value one word of a POSIX shell.
func quote(value string) string {
	if plain.MatchString(value) {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
