package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/tci-pf/terraform-provider-atm/tools/internal/sandbox"
)

// installer knows the versions of what is installed, and installs what needs no
// administrator: JavaScript and Go clients.
type installer struct {
	root string // of the repository
	bin  string // gets the Go programs

	npmOnce, goOnce sync.Once
	npmErr, goErr   error
}

// version returns the version of a package (see client.Package), after
// installing it if that needs no administrator. The error says how to install
// it.
func (i *installer) version(ctx context.Context, pkg string) (string, error) {
	kind, name, _ := strings.Cut(pkg, ":")
	switch kind {
	case "deb":
		return debian(ctx, name)
	case "npm":
		return i.npm(ctx, name)
	case "go":
		if program, version, pinned := strings.Cut(name, "@"); pinned {
			return version, i.goInstall(ctx, program+"@"+version)
		}
		return i.goModule(ctx, name)
	}
	return "", fmt.Errorf("%q is no deb:, npm: or go: package", pkg)
}

// debian returns the version of the first of the packages.
func debian(ctx context.Context, names string) (version string, err error) {
	for _, name := range strings.Fields(names) {
		printed, err := sandbox.Command(ctx, "dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Version}", name).Output()
		found, installed := strings.CutPrefix(string(printed), "installed ")
		if err != nil || !installed {
			return "", errors.New("apt-get install " + names)
		}
		if version == "" {
			version = found
		}
	}
	return version, nil
}

// npm installs what package-lock.json names, once, without running scripts of
// packages.
func (i *installer) npm(ctx context.Context, name string) (string, error) {
	dir := filepath.Join(i.root, "tools", "clients")
	i.npmOnce.Do(func() {
		if !newer(filepath.Join(dir, "node_modules", ".package-lock.json"), filepath.Join(dir, "package-lock.json")) {
			i.npmErr = output(ctx, dir, nil, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
		}
	})
	if i.npmErr != nil {
		return "", i.npmErr
	}
	content, err := os.ReadFile(filepath.Join(dir, "node_modules", name, "package.json"))
	if err != nil {
		return "", errors.New("npm install " + name)
	}
	var described struct {
		Version string `json:"version"`
	}
	err = json.Unmarshal(content, &described)
	return described.Version, err
}

// newer reports whether a file exists and was written after another one.
func newer(file, than string) bool {
	a, err := os.Stat(file)
	if err != nil {
		return false
	}
	b, err := os.Stat(than)
	return err == nil && a.ModTime().After(b.ModTime())
}

// goModule builds the programs of tools/clients/go, once, and returns the
// version of a module that they use.
func (i *installer) goModule(ctx context.Context, module string) (string, error) {
	dir := filepath.Join(i.root, "tools", "clients", "go")
	i.goOnce.Do(func() {
		if i.goErr = os.MkdirAll(i.bin, 0o750); i.goErr == nil {
			i.goErr = output(ctx, dir, nil, "go", "build", "-o", i.bin+string(filepath.Separator), "./...")
		}
	})
	if i.goErr != nil {
		return "", i.goErr
	}
	cmd := sandbox.Command(ctx, "go", "list", "-m", "-f", "{{.Version}}", module)
	cmd.Dir = dir
	printed, err := cmd.Output()
	return strings.TrimSpace(string(printed)), err
}

func (i *installer) goInstall(ctx context.Context, program string) error {
	return output(ctx, i.root, []string{"GOBIN=" + i.bin}, "go", "install", program)
}

// output runs a command whose output is only of interest if it fails.
func output(ctx context.Context, dir string, env []string, name string, args ...string) error {
	cmd := sandbox.Command(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	printed, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, args[0], err, sandbox.Tail(printed)) // the rest may name this machine's directories
	}
	return nil
}
