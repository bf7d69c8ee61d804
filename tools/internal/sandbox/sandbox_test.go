//go:build unix

package sandbox_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/tools/internal/sandbox"
)

// program writes a shell script in place of a program.
func program(t *testing.T, dir, name, script string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFindTerraform_PrefersTheSettingThenTerraformThenTofu(t *testing.T) {
	tests := map[string]struct {
		set, terraform, tofu string // what each prints as its version; empty: it does not exist
		want                 string // of the result or the error
	}{
		"Terraform":           {terraform: "Terraform v1.11.4", tofu: "OpenTofu v1.9.0", want: "Terraform 1.11.4"},
		"OpenTofu":            {tofu: "OpenTofu v1.10.1", want: "OpenTofu 1.10.1"},
		"the setting":         {set: "OpenTofu v1.8.0", terraform: "Terraform v1.11.4", want: "OpenTofu 1.8.0"},
		"later major version": {terraform: "Terraform v2.0.0-alpha1", want: "Terraform 2.0.0-alpha1"},
		"too old":             {terraform: "Terraform v1.7.5", want: "has version 1.7.5: install Terraform 1.8 or newer"},
		"another program":     {terraform: "hello", want: "is neither Terraform nor OpenTofu: install"},
		"none":                {want: "neither terraform nor tofu is on PATH: install Terraform 1.8 or newer"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("PATH", dir)
			t.Setenv("TF_ACC_TERRAFORM_PATH", "")
			if test.set != "" {
				t.Setenv("TF_ACC_TERRAFORM_PATH", program(t, dir, "mine", "echo "+test.set))
			}
			if test.terraform != "" {
				program(t, dir, "terraform", "echo "+test.terraform)
			}
			if test.tofu != "" {
				program(t, dir, "tofu", "echo "+test.tofu)
			}
			found, err := sandbox.FindTerraform(t.Context())
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				got = found.Product + " " + found.Version
			}
			if !strings.HasSuffix(got, test.want) && (err == nil || !strings.Contains(got, test.want)) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestEnviron_DropsTheCallersSettings(t *testing.T) {
	for _, name := range []string{"TF_CLI_CONFIG_FILE", "TF_CLI_ARGS_apply", "TERRAFORM_CONFIG", "ATM_ENDPOINT", "NOT_TF_THING"} {
		t.Setenv(name, "x")
	}
	var kept []string
	for _, entry := range sandbox.Environ() {
		if strings.HasSuffix(entry, "=x") {
			kept = append(kept, entry)
		}
	}
	if !slices.Equal(kept, []string{"NOT_TF_THING=x"}) {
		t.Errorf("kept %q", kept)
	}
}

func TestStartServer_FailureShowsTheLogButNoSecret(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"not JSON": "echo a line of the log >&2; echo s3cret; cat >/dev/null",
		"ends":     "echo a line of the log >&2; exit 3",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			_, err := sandbox.StartServer(t.Context(), sandbox.ServerOptions{
				Program: program(t, dir, "server", script), Log: filepath.Join(dir, "server.log"), Environ: sandbox.Environ(),
			})
			if err == nil || !strings.Contains(err.Error(), "a line of the log") || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("got %v, want the log and no secret", err)
			}
		})
	}
}

func TestStartServer_ReadsAddressAndCredentials(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const script = `echo '{"ATM_ENDPOINT":"url","ATM_CLIENT_ID":"id","ATM_CLIENT_SECRET":"s3cret","ATM_LOGIN_ID":"admin"}'; cat >/dev/null`
	s, err := sandbox.StartServer(t.Context(), sandbox.ServerOptions{
		Program: program(t, dir, "server", script), Log: filepath.Join(dir, "server.log"), Environ: sandbox.Environ(),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"ATM_ENDPOINT=url", "ATM_CLIENT_ID=id", "ATM_CLIENT_SECRET=s3cret", "ATM_LOGIN_ID=admin"}
	if got := s.Environ(); !slices.Equal(got, want) {
		t.Errorf("Environ is %q, want %q", got, want)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}
