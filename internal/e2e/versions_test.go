package e2e_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	goversion "github.com/hashicorp/go-version"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
)

// minimum and minimumTofu are how an example says which CLI it needs.
var (
	minimum     = regexp.MustCompile(`Terraform (1\.\d+)`)
	minimumTofu = regexp.MustCompile(`OpenTofu (1\.\d+)`)
)

// needs is the newest version that the example names, or that its kind needs.
func needs(cli *acctest.CLI, content string) *goversion.Version {
	var newest *goversion.Version
	stated := minimum.FindAllStringSubmatch(content, -1)
	if cli.Tofu {
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

// needsQuery skips a test of `terraform query`, which OpenTofu does not have.
func needsQuery(t *testing.T) {
	t.Helper()
	if cli := acctest.FindCLI(t); cli.Tofu || cli.IsBefore("1.14", "1.14") {
		t.Skipf("terraform query: needs Terraform 1.14, here is %s %s", filepath.Base(cli.Path), cli.Version)
	}
}

// takesAnotherProvider reports whether the CLI takes the provider of an import
// block without a resource block for hashicorp/atm unless the block names it
// (hashicorp/terraform#39144): the pages of the resources say what helps.
func takesAnotherProvider(t *testing.T) bool {
	t.Helper()
	cli := acctest.FindCLI(t)
	return !cli.Tofu && goversion.MustConstraints(goversion.NewConstraint(">= 1.16.0, <= 1.16.2")).Check(cli.Version.Core())
}
