package e2e_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	goversion "github.com/hashicorp/go-version"
)

// minimum and minimumTofu are how an example says which CLI it needs.
var (
	minimum     = regexp.MustCompile(`Terraform (1\.\d+)`)
	minimumTofu = regexp.MustCompile(`OpenTofu (1\.\d+)`)
)

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

// printedVersion is what "terraform version" prints.
var printedVersion = sync.OnceValues(func() ([]byte, error) { return exec.Command(cli(), "version").Output() })

func terraformVersion(t *testing.T) *goversion.Version {
	t.Helper()
	printed, err := printedVersion()
	found := regexp.MustCompile(`(?:Terraform|OpenTofu) v(\S+)`).FindSubmatch(printed)
	if found == nil {
		t.Fatalf("%s version: %v\n%s", cli(), err, printed)
	}
	return goversion.Must(goversion.NewVersion(string(found[1])))
}

// needsCLI skips a test for which the CLI is too old. A version is the first
// release that has what the test needs. It is called before [open], which fails
// for a configuration that the CLI cannot read.
func needsCLI(t *testing.T, what, terraform, tofu string) {
	t.Helper()
	needsTerraform(t)
	first := terraform
	if isTofu() {
		first = tofu
	}
	if have := terraformVersion(t); have.Core().LessThan(goversion.Must(goversion.NewVersion(first))) {
		t.Skipf("%s: needs Terraform %s or OpenTofu %s, here is %s %s", what, terraform, tofu, filepath.Base(cli()), have)
	}
}

// needsQuery skips a test of `terraform query`, which OpenTofu does not have.
func needsQuery(t *testing.T) {
	t.Helper()
	needsTerraform(t)
	if have := terraformVersion(t); isTofu() || have.Core().LessThan(goversion.Must(goversion.NewVersion("1.14"))) {
		t.Skipf("terraform query: needs Terraform 1.14, here is %s %s", filepath.Base(cli()), have)
	}
}

// isTofu reports whether the tests run OpenTofu, which has its own versions.
func isTofu() bool { return strings.Contains(filepath.Base(cli()), "tofu") }

// takesAnotherProvider reports whether the CLI takes the provider of an import
// block without a resource block for hashicorp/atm unless the block names it
// (hashicorp/terraform#39144): the pages of the resources say what helps.
func takesAnotherProvider(t *testing.T) bool {
	t.Helper()
	have := terraformVersion(t).Core()
	return !isTofu() && goversion.MustConstraints(goversion.NewConstraint(">= 1.16.0, <= 1.16.2")).Check(have)
}
