package assertion

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Settings are what the sources of one provider configuration share.
type Settings struct {
	// Audience is the aud of the tokens that are requested and signed. One from the
	// environment with another aud is refused.
	Audience string
	// Lookup returns an environment variable; an empty one counts as not set. nil: there is none.
	Lookup func(name string) (string, bool)
	// Transport sends the requests for tokens.
	Transport http.RoundTripper
	// Timeout bounds one attempt of such a request; 0 is 30 seconds.
	Timeout time.Duration
	// RetryWait is the first wait before a repetition; 0 is a second.
	RetryWait time.Duration
	// Now is the clock; nil is the machine's.
	Now func() time.Time
}

func (s Settings) now() func() time.Time {
	if s.Now == nil {
		return time.Now
	}
	return s.Now
}

func (s Settings) variable(name string) (string, bool) {
	if s.Lookup == nil {
		return "", false
	}
	return s.Lookup(name)
}

// NotFoundError is an environment that has no complete source.
type NotFoundError struct {
	// Lacks has a line for each source, with what it lacked.
	Lacks []string
}

// Error lists the sources.
func (e *NotFoundError) Error() string {
	return "No source of an assertion is complete:\n- " + strings.Join(e.Lacks, "\n- ")
}

// Find returns the first complete source of the environment. A [*NotFoundError]
// lists what each lacked.
func (s Settings) Find() (*Source, error) {
	missing := &NotFoundError{}
	for _, from := range []func(Settings) (*Source, string){
		variables("", "ATM_CLIENT_ASSERTION"),
		file("ATM_CLIENT_ASSERTION_FILE"),
		variables("HCP Terraform", "TFC_WORKLOAD_IDENTITY_TOKEN_ATM", "TFC_WORKLOAD_IDENTITY_TOKEN"),
		Settings.gitHub,
		Settings.azureDevOps,
		variables("Spacelift", "SPACELIFT_OIDC_TOKEN"),
		variables("CircleCI", "CIRCLE_OIDC_TOKEN_V2"),
		variables("Bitbucket", "BITBUCKET_STEP_OIDC_TOKEN"),
	} {
		source, lacks := from(s)
		if source != nil {
			return source.For(s.Audience), nil
		}
		missing.Lacks = append(missing.Lacks, lacks)
	}
	return nil, missing
}

// variables is the source of the first of the variables that is set.
func variables(system string, names ...string) func(Settings) (*Source, string) {
	return func(s Settings) (*Source, string) {
		for _, name := range names {
			if token, ok := s.variable(name); ok {
				return s.Value(name, strings.TrimSpace(token)), ""
			}
		}
		return nil, label(system) + unset(names)
	}
}

func file(name string) func(Settings) (*Source, string) {
	return func(s Settings) (*Source, string) {
		if path, ok := s.variable(name); ok {
			return s.File(name, path), ""
		}
		return nil, unset([]string{name})
	}
}

// lacks returns those of the variables that are not set.
func (s Settings) lacks(names ...string) []string {
	var lacks []string
	for _, name := range names {
		if _, ok := s.variable(name); !ok {
			lacks = append(lacks, name)
		}
	}
	return lacks
}

func label(system string) string {
	if system == "" {
		return ""
	}
	return system + ": "
}

func unset(names []string) string {
	if len(names) == 1 {
		return names[0] + " is not set"
	}
	return fmt.Sprintf("%s are not set", strings.Join(names, " and "))
}
