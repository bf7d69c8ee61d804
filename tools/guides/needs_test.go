package guides

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"

	"github.com/tci-pf/terraform-provider-atm/tools/internal/sandbox"
)

// missing returns what is missing of a list such as "Terraform 1.11, OpenTofu
// 1.11, node": the minimum version of each product that has the feature, and
// programs on PATH. It is empty if nothing is.
func missing(needs string, cli *sandbox.Terraform) (string, error) {
	var products, programs []string
	for need := range strings.SplitSeq(needs, ",") {
		product, minimum, versioned := strings.Cut(strings.TrimSpace(need), " ")
		switch {
		case product == "":
		case !versioned:
			programs = append(programs, product)
		default:
			products = append(products, product)
			if product != cli.Product {
				continue
			}
			if older, err := isOlder(cli.Version, minimum); err != nil || older {
				return fmt.Sprintf("needs %s, here is %s %s", needs, cli.Product, cli.Version), err
			}
		}
	}
	if len(products) > 0 && !slices.Contains(products, cli.Product) {
		return fmt.Sprintf("needs %s, here is %s", needs, cli.Product), nil
	}
	for _, program := range programs {
		if _, err := exec.LookPath(program); err == nil {
			continue
		}
		if slices.Contains(strings.Split(os.Getenv("ATM_TEST_REQUIRE"), ","), program) {
			return "", fmt.Errorf("%s is not on PATH, and ATM_TEST_REQUIRE requires it", program)
		}
		return "needs " + program + ", which is not on PATH", nil
	}
	return "", nil
}

// takesAnotherProvider reports whether Terraform takes the provider of an import
// block without a resource block for hashicorp/atm (hashicorp/terraform#39144).
func takesAnotherProvider(t *testing.T, cli *sandbox.Terraform) bool {
	t.Helper()
	has, err := version.NewVersion(cli.Version)
	if err != nil {
		t.Fatal(err)
	}
	return cli.Product == "Terraform" && version.MustConstraints(version.NewConstraint(">= 1.16.0, <= 1.16.2")).Check(has.Core())
}

func isOlder(have, minimum string) (bool, error) {
	has, err := version.NewVersion(have)
	if err != nil {
		return false, err
	}
	least, err := version.NewVersion(minimum)
	if err != nil {
		return false, err
	}
	return has.Core().LessThan(least), nil
}
