package e2e_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
)

// Every example is valid separately; an import is beside its resource.
func TestExamples_Validate(t *testing.T) {
	w := open(t, "")
	cli := acctest.FindCLI(t)
	examples, err := filepath.Glob("../../examples/*/*/*.tf")
	provider, providerErr := filepath.Glob("../../examples/provider/*.tf")
	examples, err = append(examples, provider...), errors.Join(err, providerErr)
	if err != nil || len(examples) == 0 {
		t.Fatalf("%d examples: %v", len(examples), err)
	}
	examples = slices.DeleteFunc(examples, func(path string) bool {
		return strings.HasPrefix(filepath.ToSlash(path), "../../examples/ci-") // TestExamples_ValidateDirectories
	})
	for _, example := range examples {
		t.Run(strings.TrimPrefix(filepath.ToSlash(example), "../../examples/"), func(t *testing.T) {
			content, err := os.ReadFile(example)
			if err != nil {
				t.Fatal(err)
			}
			if stated := needs(cli, string(content)); stated != nil && cli.Version.Core().LessThan(stated) {
				t.Skipf("needs Terraform %s, here is %s", stated, cli.Version)
			}
			config := required + string(content)
			if strings.HasPrefix(filepath.Base(example), "import-by") {
				beside, err := os.ReadFile(filepath.Join(filepath.Dir(example), "resource.tf"))
				if err != nil {
					t.Fatal(err)
				}
				config += string(beside)
			}
			if strings.Contains(string(content), "required_providers") {
				config = strings.TrimPrefix(config, required)
			}
			w.t = t
			w.write("main.tf", config)
			w.must("validate")
		})
	}
}

// So are the examples that consist of several files.
func TestExamples_ValidateDirectories(t *testing.T) {
	var directories []string
	for _, pattern := range []string{"../../examples/ci-*", "../../examples/ci-*/trust"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		directories = append(directories, found...)
	}
	w := open(t, "")
	for _, directory := range directories {
		t.Run(strings.TrimPrefix(filepath.ToSlash(directory), "../../examples/"), func(t *testing.T) {
			files, err := filepath.Glob(directory + "/*.tf")
			if err != nil || len(files) == 0 {
				t.Fatalf("%d files: %v", len(files), err)
			}
			var config strings.Builder
			for _, file := range files {
				content, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				config.Write(content)
			}
			w.t = t
			w.write("main.tf", config.String())
			w.must("validate")
		})
	}
}
