package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestExport_IsWhatTerraformExports compares with Terraform's own export, part
// by part, in so far as the Terraform at hand knows the part.
func TestExport_IsWhatTerraformExports(t *testing.T) {
	t.Parallel()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("an acceptance test: it runs when TF_ACC is set, as by make test")
	}
	theirs := exportByTerraform(t, os.Getenv("TF_ACC_TERRAFORM_PATH"))
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	ours := parts(t, out.Bytes())

	for _, part := range []string{"provider", "resource_schemas", "data_source_schemas"} {
		if theirs[part] == nil {
			t.Errorf("Terraform exported no %s", part)
		}
	}
	for part, want := range theirs {
		if got, want := normalized(t, ours[part]), normalized(t, want); got != want {
			t.Errorf("%s: exported\n%s\nwant, from Terraform,\n%s", part, got, want)
		}
	}
}

// parts returns the members of the one provider of an export.
func parts(t *testing.T, document []byte) map[string]json.RawMessage {
	t.Helper()
	var export struct {
		Schemas map[string]map[string]json.RawMessage `json:"provider_schemas"`
	}
	if err := json.Unmarshal(document, &export); err != nil {
		t.Fatal(err)
	}
	if len(export.Schemas) != 1 {
		t.Fatalf("%d providers in the export, want 1", len(export.Schemas))
	}
	for _, schema := range export.Schemas {
		return schema
	}
	return nil
}

// exportByTerraform builds the provider and asks Terraform for its schema. A
// development override spares it the registry.
func exportByTerraform(t *testing.T, terraform string) map[string]json.RawMessage {
	t.Helper()
	if terraform == "" {
		t.Fatal("TF_ACC_TERRAFORM_PATH is not set: run the tests with make test")
	}
	dir := t.TempDir()
	command(t, "", nil, "go", "build", "-o", filepath.Join(dir, "terraform-provider-atm"), "github.com/tci-pf/terraform-provider-atm")
	config := filepath.Join(dir, "terraform.rc")
	write(t, config, `provider_installation {
  dev_overrides {
    "tci-pf/atm" = "`+filepath.ToSlash(dir)+`"
  }
}`)
	write(t, filepath.Join(dir, "main.tf"), `terraform {
  required_providers {
    atm = {
      source = "tci-pf/atm"
    }
  }
}`)
	printed := command(t, dir, []string{"TF_CLI_CONFIG_FILE=" + config, "CHECKPOINT_DISABLE=1"}, terraform, "providers", "schema", "-json")
	return parts(t, printed)
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func command(t *testing.T, dir string, environ []string, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), environ...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	printed, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, stderr.String())
	}
	return printed
}
