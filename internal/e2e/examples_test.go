package e2e_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	goversion "github.com/hashicorp/go-version"
)

// minimum and minimumTofu are how an example says which CLI it needs.
var (
	minimum     = regexp.MustCompile(`Terraform (1\.\d+)`)
	minimumTofu = regexp.MustCompile(`OpenTofu (1\.\d+)`)
)

// Every example is valid separately; an import is beside its resource.
func TestExamples_Validate(t *testing.T) {
	w := open(t, "")
	cli := terraformVersion(t, w)
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
			if stated := needs(string(content)); stated != nil && cli.LessThan(stated) {
				t.Skipf("needs Terraform %s, here is %s", stated, cli)
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

// needs is the newest version that the example names, or that its kind needs.
func needs(content string) *goversion.Version {
	var newest *goversion.Version
	stated := minimum.FindAllStringSubmatch(content, -1)
	if isTofu() {
		stated = append(stated, minimumTofu.FindAllStringSubmatch(content, -1)...)
	}
	if strings.Contains(content, "identity = {") {
		stated = append(stated, []string{"", "1.12"})
	}
	for _, match := range stated {
		if v := goversion.Must(goversion.NewVersion(match[1])); newest == nil || v.GreaterThan(newest) {
			newest = v
		}
	}
	return newest
}

func terraformVersion(t *testing.T, w *workspace) *goversion.Version {
	t.Helper()
	found := regexp.MustCompile(`(?:Terraform|OpenTofu) v(\S+)`).FindStringSubmatch(w.must("version"))
	if found == nil {
		t.Fatal("terraform version prints none")
	}
	return goversion.Must(goversion.NewVersion(found[1]))
}

// needsCLI skips a test for which the CLI is too old. A version is the first
// release that has what the test needs.
func needsCLI(t *testing.T, w *workspace, what, terraform, tofu string) {
	t.Helper()
	first := terraform
	if isTofu() {
		first = tofu
	}
	if have := terraformVersion(t, w); have.Core().LessThan(goversion.Must(goversion.NewVersion(first))) {
		t.Skipf("%s: needs Terraform %s or OpenTofu %s, here is %s %s", what, terraform, tofu, filepath.Base(cli()), have)
	}
}

// isTofu reports whether the tests run OpenTofu, which has its own versions.
func isTofu() bool { return strings.Contains(filepath.Base(cli()), "tofu") }
