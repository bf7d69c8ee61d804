package acctest

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"testing"

	"github.com/hashicorp/go-version"
)

// CLI is the Terraform or OpenTofu that the tests run.
type CLI struct {
	// Path is TF_ACC_TERRAFORM_PATH, or else "terraform".
	Path string
	// Tofu is set for OpenTofu, which has its own versions.
	Tofu    bool
	Version *version.Version
}

var printedVersion = regexp.MustCompile(`(Terraform|OpenTofu) v(\S+)`)

var findCLI = sync.OnceValues(func() (*CLI, error) {
	path := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if path == "" {
		path = "terraform"
	}
	printed, err := exec.Command(path, "version").Output()
	found := printedVersion.FindStringSubmatch(string(printed))
	if err != nil {
		return nil, fmt.Errorf("%s version: %w", path, err)
	}
	if found == nil {
		return nil, fmt.Errorf("%s version prints none: %s", path, printed)
	}
	of, err := version.NewVersion(found[2])
	return &CLI{Path: path, Tofu: found[1] == "OpenTofu", Version: of}, err
})

// FindCLI returns the program that the tests run. Without TF_ACC, or with
// -short, it skips the test.
func FindCLI(t *testing.T) *CLI {
	t.Helper()
	if os.Getenv("TF_ACC") == "" || testing.Short() {
		t.Skip("runs Terraform: set TF_ACC=1, as make test does")
	}
	cli, err := findCLI()
	must(t, err)
	return cli
}

// IsBefore reports whether the CLI is older than the first release of its
// product that has a feature, such as "1.11". Before a release come its
// candidates, which have the feature.
func (c *CLI) IsBefore(terraform, tofu string) bool {
	first := terraform
	if c.Tofu {
		first = tofu
	}
	return c.Version.Core().LessThan(version.Must(version.NewVersion(first)))
}

// NeedsCLI skips a test of a feature, such as "write-only arguments", that the
// CLI does not have yet.
func NeedsCLI(t *testing.T, feature, terraform, tofu string) {
	t.Helper()
	if cli := FindCLI(t); cli.IsBefore(terraform, tofu) {
		t.Skipf("%s: needs Terraform %s or OpenTofu %s, here is %s", feature, terraform, tofu, cli.Version)
	}
}
