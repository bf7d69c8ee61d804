package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// providerVersion is what the provider built here calls itself. It is no
// pre-release, since Terraform never chooses one by itself.
const providerVersion = "0.0.1"

// pluginPath returns where the provider's binary has to stand below dir for
// "init -plugin-dir=dir" to find it, and makes the directories.
func pluginPath(dir, host string) (string, error) {
	platform := runtime.GOOS + "_" + runtime.GOARCH
	parent := filepath.Join(dir, host, "tci-pf", "atm", providerVersion, platform)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", fmt.Errorf("make the plugin directory: %w", err)
	}
	return filepath.Join(parent, executable("terraform-provider-atm_v"+providerVersion)), nil
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

// goBuild builds the package pkg of the module in root. The compiler's output
// is in the error.
func goBuild(ctx context.Context, root, output, pkg, ldflags string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", ldflags, "-o", output, pkg)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	separate(cmd)
	if printed, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", pkg, err, printed)
	}
	return nil
}

// copyConfiguration copies the *.tf files of one directory; state, lock file
// and working data that lie beside them stay behind.
func copyConfiguration(from, to string) error {
	files, err := filepath.Glob(filepath.Join(from, "*.tf"))
	if err != nil {
		return fmt.Errorf("list %s: %w", from, err)
	}
	if len(files) == 0 {
		return errors.New("no *.tf files in " + from)
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return fmt.Errorf("make the working directory: %w", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("copy the configuration: %w", err)
		}
		if err := os.WriteFile(filepath.Join(to, filepath.Base(file)), content, 0o600); err != nil {
			return fmt.Errorf("copy the configuration: %w", err)
		}
	}
	return nil
}
