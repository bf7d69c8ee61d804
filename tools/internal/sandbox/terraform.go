package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
)

const howToInstall = "install Terraform 1.8 or newer (developer.hashicorp.com/terraform/install) or OpenTofu 1.8 or newer" +
	" (opentofu.org/docs/intro/install), or set TF_ACC_TERRAFORM_PATH to the program"

// Terraform is the program that runs configurations: Terraform or OpenTofu.
type Terraform struct {
	Path    string
	Product string // "Terraform" or "OpenTofu", as it calls itself
	Version string // such as "1.11.4"
}

// FindTerraform returns the program that TF_ACC_TERRAFORM_PATH names, else
// terraform or tofu on PATH, in this order. The error of a missing program, and
// of one before version 1.8, says how to install one.
func FindTerraform(ctx context.Context) (*Terraform, error) {
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return describe(ctx, path)
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return describe(ctx, path)
		}
	}
	return nil, errors.New("neither terraform nor tofu is on PATH: " + howToInstall)
}

var versionLine = regexp.MustCompile(`(?m)^(Terraform|OpenTofu) v((\d+)\.(\d+)\S*)`)

func describe(ctx context.Context, path string) (*Terraform, error) {
	cmd := exec.CommandContext(ctx, path, "version")
	cmd.Env = append(Environ(), "CHECKPOINT_DISABLE=1")
	printed, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s version: %w; %s", path, err, howToInstall)
	}
	match := versionLine.FindStringSubmatch(string(printed))
	if match == nil {
		return nil, fmt.Errorf("%s is neither Terraform nor OpenTofu: %s", path, howToInstall)
	}
	major, _ := strconv.Atoi(match[3])
	minor, _ := strconv.Atoi(match[4])
	if major < 1 || major == 1 && minor < 8 {
		return nil, fmt.Errorf("%s has version %s: %s", path, match[2], howToInstall)
	}
	return &Terraform{Path: path, Product: match[1], Version: match[2]}, nil
}

// registryHost is the host of a provider source that names none, such as
// tci-pf/atm.
func (t *Terraform) registryHost() string {
	if t.Product == "OpenTofu" {
		return "registry.opentofu.org"
	}
	return "registry.terraform.io"
}
