package e2e_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// Every example is valid separately; an import is beside its resource.
func TestExamples_Validate(t *testing.T) {
	w := open(t, "")
	eachExample(t, func(t *testing.T, example, content string) {
		config := required + content
		if strings.HasPrefix(filepath.Base(example), "import-by") {
			beside, err := os.ReadFile(filepath.Join(filepath.Dir(example), "resource.tf"))
			if err != nil {
				t.Fatal(err)
			}
			config += string(beside)
		}
		if strings.Contains(content, "required_providers") {
			config = strings.TrimPrefix(config, required)
		}
		if strings.Contains(content, `"hashicorp/aws"`) {
			addProviders(t, w, config)
		}
		w.t = t
		w.write("main.tf", config)
		w.must("validate")
	})
}

// addProviders installs the providers of other vendors that the configuration
// requires, from the mirror of the tests' caller.
func addProviders(t *testing.T, w *workspace, config string) {
	t.Helper()
	mirror := os.Getenv("ATM_TEST_PROVIDERS")
	if mirror == "" {
		t.Skip("NOT validated: it needs the provider hashicorp/aws. ATM_TEST_PROVIDERS names a directory that `terraform providers mirror` filled with it")
	}
	dir, err := plugins()
	if err != nil {
		t.Fatal(err)
	}
	w.t = t
	w.write("main.tf", config)
	w.must("init", "-plugin-dir="+dir, "-plugin-dir="+mirror)
}

// mustExist are the objects that examples say must exist.
const mustExist = `
suites:
  - name: shop
    projects:
      - name: checkout
        users:
          - { email: ada@example.com, firstName: Ada, role: system_user }
          - { email: batch@example.com, firstName: Batch, role: system_user }
          - { email: leaver@example.com, firstName: Leaver, role: system_user }
          - { email: admin@gmail.com, firstName: Admin, role: super_admin }
        applications:
          - { name: worker, authenticatorType: user_credentials }
          - { name: legacy, authenticatorType: client_credentials }
          - name: deploy
            id: T_1kwjq0gTKGW6-g4O8OF
            authenticatorType: user_credentials
            managementAccess: true
            clientId: NmN78x6DMfde1XRx9hQg
            clientSecret: a secret that only an example has
            users: [{ email: admin@gmail.com }]
          - name: backend
            authenticatorType: client_credentials
            clientId: DwSljVC4Ycr5YAv2Qbkf
            clientSecret: a secret that only an example has
`

// notApplied are the files that are only validated, with the reason.
var notApplied = map[string]string{
	"main.tf":                            "TestScenarios_AreAppliedPlannedEmptyAndDestroyed applies the directory",
	"provider.tf":                        "it names an ATM on the internet, and nothing to apply",
	"function.tf":                        "it needs a token; the functions' own tests apply such configurations",
	"ephemeral-resource_secret_store.tf": "it needs an AWS account",
	"import-by-identity.tf":              "the tests of each resource import it",
	"import-by-string-id.tf":             "the tests of each resource import it",
}

// Every example is applied, planned empty and destroyed, on a server that has
// what the example says must exist.
func TestExamples_AreAppliedPlannedEmptyAndDestroyed(t *testing.T) {
	t.Parallel()
	eachExample(t, func(t *testing.T, example, content string) {
		if reason := notApplied[filepath.Base(example)]; reason != "" {
			t.Skip("not applied: " + reason)
		}
		exists, stated := strings.CutPrefix(content, "# Must exist: ")
		if !stated {
			t.Error("the example does not begin with # Must exist: …")
		}
		seed := mustExist
		if strings.HasPrefix(exists, "nothing.") {
			seed = "suites: []"
		}
		w := open(t, "", testserver.WithSeed(seed))
		for _, variable := range []string{"client_secret", "secret", "password"} {
			w.environ = append(w.environ, "TF_VAR_"+variable+"=a secret that only an example has")
		}
		if cli := acctest.FindCLI(t); !cli.IsBefore("1.16", "1.16") {
			// Terraform 1.16 finds a cycle in the apply of an action that is not triggered and names its resource.
			content = callerOf.ReplaceAllString(content, "$1")
		}
		w.write("main.tf", required+strings.ReplaceAll(content, `"https://atm.example.com"`, `"`+w.server.URL+`"`))
		w.must("apply", "-auto-approve")
		w.wantNoChanges("after the apply of " + example)
		w.must("destroy", "-auto-approve")
	})
}

// callerOf is a value, and the one that replaces it in Terraform 1.16.
var callerOf = regexp.MustCompile(`\S+ # from Terraform v1\.16 on: (\S+)`)

// eachExample runs a test for each example of one file. It skips those that need
// a newer CLI.
func eachExample(t *testing.T, run func(t *testing.T, example, content string)) {
	t.Helper()
	cli := acctest.FindCLI(t)
	examples, err := filepath.Glob("../../examples/*/*/*.tf")
	provider, providerErr := filepath.Glob("../../examples/provider/*.tf")
	examples, err = append(examples, provider...), errors.Join(err, providerErr)
	if err != nil || len(examples) == 0 {
		t.Fatalf("%d examples: %v", len(examples), err)
	}
	examples = slices.DeleteFunc(examples, func(path string) bool {
		return strings.HasPrefix(filepath.ToSlash(path), "../../examples/ci/") // TestExamples_ValidateDirectories
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
			run(t, example, string(content))
		})
	}
}

// So are the files of each CI system, with those of all systems.
func TestExamples_ValidateDirectories(t *testing.T) {
	const ci = "../../examples/ci/"
	systems, err := os.ReadDir(ci)
	if err != nil || len(systems) < 6 {
		t.Fatalf("%d directories: %v", len(systems), err)
	}
	w := open(t, "")
	cli := acctest.FindCLI(t)
	for _, system := range systems {
		if system.Name() == "common" {
			continue
		}
		for _, part := range []string{"", "/trust"} {
			t.Run(system.Name()+part, func(t *testing.T) {
				own := read(t, ci+system.Name()+part)
				if own == "" {
					return // common only, which another system validates
				}
				config := read(t, ci+"common"+part) + own
				if stated := needs(cli, config); stated != nil && cli.Version.Core().LessThan(stated) {
					t.Skipf("needs Terraform %s, here is %s", stated, cli.Version)
				}
				w.t = t
				w.write("main.tf", config)
				w.must("validate")
			})
		}
	}
}

// read returns the configuration of a directory.
func read(t *testing.T, directory string) string {
	t.Helper()
	files, err := filepath.Glob(directory + "/*.tf")
	if err != nil {
		t.Fatal(err)
	}
	var config strings.Builder
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		config.Write(content)
	}
	return config.String()
}
