package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hashicorp/go-version"
	tfjson "github.com/hashicorp/terraform-json"

	"github.com/tci-pf/terraform-provider-atm/tools/internal/sandbox"
)

// exported is what the command writes, read as tfplugindocs reads it.
func exported(t *testing.T) (*tfjson.ProviderSchema, map[string]json.RawMessage) {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	var schemas tfjson.ProviderSchemas
	if err := json.Unmarshal(out.Bytes(), &schemas); err != nil {
		t.Fatal(err)
	}
	return schemas.Schemas["atm"], parts(t, out.Bytes())
}

// TestRun_ExportsWhatTerraform111LeavesOut covers what
// TestRun_ExportsWhatTerraformExports cannot compare with such a Terraform.
func TestRun_ExportsWhatTerraform111LeavesOut(t *testing.T) {
	t.Parallel()
	schema, _ := exported(t)
	if schema.ListResourceSchemas["atm_application"] == nil {
		t.Errorf("the list resources are %v", slices.Collect(maps.Keys(schema.ListResourceSchemas)))
	}
	if len(schema.ActionSchemas) == 0 {
		t.Error("there are no actions")
	}
	for name, action := range schema.ActionSchemas {
		if action.Block == nil || action.Block.Description == "" {
			t.Errorf("action %s has no description", name)
		}
	}
}

// TestRun_ExportsWhatTerraformExports compares with Terraform's own export, for
// each part that the Terraform under test exports.
func TestRun_ExportsWhatTerraformExports(t *testing.T) {
	t.Parallel()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("an acceptance test: set TF_ACC=1, as make test does")
	}
	cli, err := sandbox.FindTerraform(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Before 1.11, neither product has write-only arguments.
	var unknown []string
	if version.Must(version.NewVersion(cli.Version)).Core().LessThan(version.Must(version.NewVersion("1.11"))) {
		unknown = append(unknown, "write_only")
	}
	theirs := exportByTerraform(t, cli.Path)
	_, ours := exported(t)
	for _, part := range []string{"provider", "resource_schemas", "data_source_schemas"} {
		if theirs[part] == nil {
			t.Errorf("Terraform exported no %s", part)
		}
	}
	for part, want := range theirs {
		if got, want := normalized(t, ours[part], unknown...), normalized(t, want); got != want {
			t.Errorf("%s: exported\n%s\nwant, from Terraform,\n%s", part, got, want)
		}
	}
}

// parts returns the members of the only provider of an export.
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

// normalized is the JSON document indented, with sorted keys, without the
// members that a CLI does not know.
func normalized(t *testing.T, document []byte, unknown ...string) string {
	t.Helper()
	var value any
	if err := json.Unmarshal(document, &value); err != nil {
		t.Fatal(err)
	}
	for _, name := range unknown {
		remove(value, name)
	}
	out, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// remove removes the members with the name, at every depth.
func remove(value any, name string) {
	switch value := value.(type) {
	case map[string]any:
		delete(value, name)
		for _, member := range value {
			remove(member, name)
		}
	case []any:
		for _, element := range value {
			remove(element, name)
		}
	}
}

// exportByTerraform builds the provider and has Terraform export its schemas.
// With a development override, Terraform needs no registry.
func exportByTerraform(t *testing.T, terraform string) map[string]json.RawMessage {
	t.Helper()
	dir := t.TempDir()
	command(t, "", "go", "build", "-o", filepath.Join(dir, "terraform-provider-atm"), "github.com/tci-pf/terraform-provider-atm")
	config := filepath.Join(dir, "terraform.rc")
	for file, content := range map[string]string{
		config:                        "provider_installation {\n dev_overrides {\n \"tci-pf/atm\" = \"" + filepath.ToSlash(dir) + "\"\n }\n}",
		filepath.Join(dir, "main.tf"): "terraform {\n required_providers {\n atm = { source = \"tci-pf/atm\" }\n }\n}",
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return parts(t, command(t, dir, terraform, "providers", "schema", "-json"))
}

func command(t *testing.T, dir, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+filepath.Join(dir, "terraform.rc"), "CHECKPOINT_DISABLE=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	printed, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, stderr.String())
	}
	return printed
}
