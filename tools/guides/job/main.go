// Command ci-job plays the CI systems of the guide "Sign in from CI without a
// secret", each with the pipeline file of the guide:
//
//	ci-job github .github/workflows/apply.yml sub=repo:octo/shop:… repository_id=123456
//
// It starts a test issuer, applies trust/ with it in place of the CI system's own,
// and runs the commands of the file, with the variables that the CI system sets
// and with a token that has the claims; then with each claim changed in turn, which
// has to fail; then without the resources of main.tf, so that the next system finds
// nothing.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/testserver/testissuer"
)

func main() {
	if len(os.Args) < 4 || systems[os.Args[1]] == nil {
		fmt.Fprintf(os.Stderr, "usage: ci-job SYSTEM FILE CLAIM=VALUE…\nSYSTEM is one of %s.\n", strings.Join(slices.Sorted(maps.Keys(systems)), ", "))
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, "ci-job:", err)
		os.Exit(1)
	}
}

// phase is a part of a job, which has its own environment.
type phase struct {
	environ map[string]string
	script  string
}

// system returns the job of a pipeline file, as a CI system runs it with a token
// that has the claims.
type system func(file []byte, issuer *testissuer.Issuer, variables map[string]string, claims testissuer.Claims) ([]phase, error)

var systems = map[string]system{
	"github": gitHub, "gitlab": gitLab, "azure": azure, "hcp": hcp, "kubernetes": kubernetes,
}

func run(name, path string, written []string) error {
	file, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	issuer := testissuer.New()
	defer issuer.Close()
	variables, err := trust(issuer)
	if err != nil {
		return err
	}
	claims := testissuer.Claims{}
	for _, claim := range written {
		key, value, _ := strings.Cut(claim, "=")
		claims[key] = value
	}
	job := job{systems[name], file, issuer, variables}
	printed, err := job.play(claims)
	if err != nil {
		return err
	}
	_, _ = os.Stdout.Write(printed)
	for _, claim := range slices.Sorted(maps.Keys(claims)) {
		other := maps.Clone(claims)
		other[claim] = claims[claim].(string) + "-other"
		if _, err := job.play(other); !errors.Is(err, errRefused) {
			return fmt.Errorf("with another %s: %w, want a refusal", claim, err)
		}
		fmt.Printf("ATM refuses another %s.\n", claim)
	}
	return job.removeAll(claims)
}

// trust applies trust/ as the caller, and returns its outputs, which are the
// variables of the pipeline.
func trust(issuer *testissuer.Issuer) (map[string]string, error) {
	apply := exec.Command("terraform", "-chdir=trust", "apply", "-auto-approve") //nolint:noctx // the guide's time limit ends it
	apply.Env = append(os.Environ(), "TF_VAR_issuer="+issuer.URL)
	if printed, err := apply.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("apply trust: %w\n%s", err, printed)
	}
	printed, err := exec.Command("terraform", "-chdir=trust", "output", "-json").Output() //nolint:noctx // as above
	if err != nil {
		return nil, err
	}
	var outputs map[string]struct{ Value string }
	err = json.Unmarshal(printed, &outputs)
	variables := map[string]string{}
	for name, output := range outputs {
		variables[name] = output.Value
	}
	return variables, err
}

var errRefused = errors.New("ATM refused the token")

// job is what a CI system runs.
type job struct {
	of        system
	file      []byte
	issuer    *testissuer.Issuer
	variables map[string]string
}

// play runs a job in the current directory, without the caller's own credentials,
// and returns what it prints.
func (j job) play(claims testissuer.Claims) (printed []byte, err error) {
	phases, err := j.of(j.file, j.issuer, j.variables, claims)
	if err != nil {
		return nil, err
	}
	for _, p := range phases {
		shell := exec.Command("bash", "-ec", p.script) //nolint:noctx // the guide's own commands
		shell.Env = slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(entry, "ATM_") })
		for name, value := range p.environ {
			shell.Env = append(shell.Env, name+"="+value)
		}
		part, err := shell.CombinedOutput()
		printed = append(printed, part...)
		switch {
		case err != nil && strings.Contains(string(part), "invalid_client"):
			return nil, fmt.Errorf("%w\n%s", errRefused, printed)
		case err != nil:
			return nil, fmt.Errorf("%w\n%s", err, printed)
		}
	}
	return printed, nil
}

// removeAll runs the job with an empty configuration. (While it applies "plan
// -destroy", Terraform 1.11 says that it does not, by terraform.applying.)
func (j job) removeAll(claims testissuer.Claims) error {
	const kept = "main.tf.kept"
	if err := os.Rename("main.tf", kept); err != nil {
		return err
	}
	const empty = "terraform {\n  required_providers {\n    atm = { source = \"tci-pf/atm\" }\n  }\n}\n"
	err := os.WriteFile("main.tf", []byte(empty), 0o600)
	if err == nil {
		_, err = j.play(claims)
	}
	return errors.Join(err, os.Rename(kept, "main.tf"))
}
