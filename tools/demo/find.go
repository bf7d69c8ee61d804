package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
)

const (
	// fetchedVersion is the Terraform that is fetched where there is none.
	fetchedVersion = "1.11.4"
	// minimumVersion holds for Terraform and OpenTofu alike.
	minimumVersion = "1.8.0"
	// installHint ends every error about a missing Terraform.
	installHint = "install Terraform " + minimumVersion + " or newer (developer.hashicorp.com/terraform/install) " +
		"or OpenTofu " + minimumVersion + " or newer (opentofu.org/docs/intro/install), so that terraform or tofu is on PATH"
)

// cliFinder looks for a usable Terraform, then for OpenTofu, and fetches
// Terraform where there is neither.
type cliFinder struct {
	environ []string // in which candidates are asked for their version
	cache   string   // directory of the fetched Terraform; empty where there can be none
	baseURL string   // of the releases site; empty for HashiCorp's own
	tell    func(format string, args ...any)
}

// defaultCache is the demo's own place for a fetched Terraform, empty where the
// user has no cache directory.
func defaultCache() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "terraform-provider-atm", "terraform-"+fetchedVersion)
}

func (f cliFinder) find(ctx context.Context) (*cli, error) {
	for _, name := range []string{"terraform", "tofu"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		found, err := f.describe(ctx, path)
		if err == nil {
			return found, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		f.tell("%s is not used: %s", path, err)
	}
	return f.fetched(ctx)
}

var versionLine = regexp.MustCompile(`(?m)^(Terraform|OpenTofu) v(\S+)`)

// describe asks the program at path what it is. A file of that name that is
// something else, or too old, is an error.
func (f cliFinder) describe(ctx context.Context, path string) (*cli, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "version")
	cmd.Env = append(f.environ, "CHECKPOINT_DISABLE=1")
	printed, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("it does not tell its version: %w", err)
	}
	match := versionLine.FindSubmatch(printed)
	if match == nil {
		return nil, errors.New("it calls itself neither Terraform nor OpenTofu")
	}
	found, err := version.NewVersion(string(match[2]))
	if err != nil {
		return nil, fmt.Errorf("read its version: %w", err)
	}
	if found.LessThan(version.Must(version.NewVersion(minimumVersion))) {
		return nil, fmt.Errorf("version %s is older than %s", found, minimumVersion)
	}
	return &cli{path: path, product: string(match[1]), version: found.String()}, nil
}

// fetched returns the Terraform of the cache, which is filled first when empty.
func (f cliFinder) fetched(ctx context.Context) (*cli, error) {
	if f.cache == "" {
		return nil, errors.New("there is neither terraform nor tofu on PATH, and no cache directory to fetch Terraform into; " + installHint)
	}
	path := filepath.Join(f.cache, executable("terraform"))
	if found, err := f.describe(ctx, path); err == nil {
		f.tell("There is no usable terraform or tofu on PATH; using the one that was fetched before")
		return found, nil
	}
	f.tell("There is no usable terraform or tofu on PATH: fetching Terraform %s into %s", fetchedVersion, f.cache)
	if err := os.MkdirAll(f.cache, 0o750); err != nil {
		return nil, fmt.Errorf("make the cache for Terraform: %w; %s", err, installHint)
	}
	release := &releases.ExactVersion{
		Product:    product.Terraform,
		Version:    version.Must(version.NewVersion(fetchedVersion)),
		InstallDir: f.cache,
		Timeout:    5 * time.Minute,
		ApiBaseURL: f.baseURL,
	}
	if _, err := release.Install(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("fetch Terraform: %w\n%s", err, installHint)
	}
	return f.describe(ctx, path)
}
