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

// goBuild builds the provider and the server of the module in root, side by
// side, into the directory dir. The compiler's output is in the error.
//
// It builds as "go build" and "go test" do by default, so that they share what
// was compiled.
func goBuild(ctx context.Context, root, dir string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-ldflags", "-s -w -X main.version="+providerVersion,
		"-o", dir+string(filepath.Separator), ".", "./testserver/cmd/atm-testserver")
	cmd.Dir = root
	separate(cmd)
	printed, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("go build: %w\n%s", err, printed)
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
