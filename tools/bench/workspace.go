package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// providerVersion is what the providers built here call themselves.
const providerVersion = "0.0.1"

// cli is the Terraform or OpenTofu of this run.
type cli struct {
	path, product, version string
}

var versionLine = regexp.MustCompile(`(?m)^(Terraform|OpenTofu) v(\S+)`)

func findCLI(ctx context.Context) (*cli, error) {
	for _, name := range []string{"terraform", "tofu"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		cmd := exec.CommandContext(ctx, path, "version")
		cmd.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1")
		printed, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("%s version: %w", path, err)
		}
		if match := versionLine.FindSubmatch(printed); match != nil {
			return &cli{path, string(match[1]), string(match[2])}, nil
		}
	}
	return nil, errors.New("there is neither terraform nor tofu on PATH: install Terraform 1.8 or newer" +
		" (developer.hashicorp.com/terraform/install) or OpenTofu 1.8 or newer (opentofu.org/docs/intro/install)")
}

// workspace is a directory in which Terraform runs with one provider.
type workspace struct {
	cli     *cli
	dir     string
	environ []string
	// cpu is the CPU time of the last command and of the providers that it
	// started, where the system tells.
	cpu time.Duration
}

// newWorkspace makes a directory with a configuration and one provider,
// installed from a directory, and runs init in it.
func (b *bench) newWorkspace(ctx context.Context, program, configuration string, environ ...string) (*workspace, error) {
	dir, err := os.MkdirTemp(b.dir, "workspace-")
	if err != nil {
		return nil, err
	}
	rc := filepath.Join(dir, "terraform.rc")
	w := &workspace{cli: b.cli, dir: dir, environ: append(cleanEnviron(os.Environ()),
		"TF_CLI_CONFIG_FILE="+rc, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1")}
	w.environ = append(w.environ, environ...)
	if err := os.WriteFile(rc, []byte("disable_checkpoint = true\n"), 0o600); err != nil {
		return nil, err
	}
	if err := w.configure(configuration); err != nil {
		return nil, err
	}
	if err := w.install(program); err != nil {
		return nil, err
	}
	_, err = w.run(ctx, "init", "-plugin-dir="+w.plugins())
	return w, err
}

// configure replaces the configuration.
func (w *workspace) configure(configuration string) error {
	return os.WriteFile(filepath.Join(w.dir, "main.tf"), []byte(configuration), 0o600)
}

func (w *workspace) plugins() string { return filepath.Join(w.dir, "plugins") }

func (w *workspace) install(program string) error {
	host := "registry.terraform.io"
	if w.cli.product == "OpenTofu" {
		host = "registry.opentofu.org"
	}
	parent := filepath.Join(w.plugins(), host, "tci-pf", "atm", providerVersion, runtime.GOOS+"_"+runtime.GOARCH)
	if err := os.MkdirAll(parent, 0o750); err != nil {
		return err
	}
	return os.Link(program, filepath.Join(parent, executable("terraform-provider-atm_v"+providerVersion)))
}

// run executes one subcommand and returns how long it took. The end of what it
// prints is part of the error, if there is one.
func (w *workspace) run(ctx context.Context, args ...string) (time.Duration, error) {
	took, printed, err := w.printing(ctx, args...)
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", w.cli.product, args[0], err, end(printed))
	}
	return took, err
}

func (w *workspace) printing(ctx context.Context, args ...string) (took time.Duration, printed []byte, err error) {
	cmd := exec.CommandContext(ctx, w.cli.path, append(args, "-input=false", "-no-color")...)
	cmd.Dir, cmd.Env = w.dir, w.environ
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	started := time.Now()
	printed, err = cmd.CombinedOutput()
	took = time.Since(started)
	if ended := cmd.ProcessState; ended != nil {
		w.cpu = ended.UserTime() + ended.SystemTime()
	}
	return took, printed, err
}

// The commands that are measured. Both plans fail where there is a change.
func (w *workspace) apply(ctx context.Context) (time.Duration, error) {
	return w.run(ctx, "apply", "-auto-approve")
}

func (w *workspace) plan(ctx context.Context) (time.Duration, error) {
	return w.unchanged(ctx, "plan")
}

func (w *workspace) refreshOnlyPlan(ctx context.Context) (time.Duration, error) {
	return w.unchanged(ctx, "plan", "-refresh-only")
}

func (w *workspace) unchanged(ctx context.Context, args ...string) (time.Duration, error) {
	// -detailed-exitcode is 2 after a refresh alone that found nothing.
	took, printed, err := w.printing(ctx, args...)
	if err == nil && !bytes.Contains(printed, []byte("No changes.")) {
		err = errors.New("there are changes")
	}
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", w.cli.product, strings.Join(args, " "), err, end(printed))
	}
	return took, err
}

func (w *workspace) destroy(ctx context.Context) (time.Duration, error) {
	return w.run(ctx, "destroy", "-auto-approve")
}

// end is the part of an output that tells why it failed.
func end(printed []byte) []byte {
	const most = 2 << 10
	return printed[max(0, len(printed)-most):]
}

// cleanEnviron leaves out the caller's own Terraform settings and ATM
// credentials.
func cleanEnviron(environ []string) []string {
	var kept []string
	for _, entry := range environ {
		if !strings.HasPrefix(entry, "TF_") && !strings.HasPrefix(entry, "ATM_") && !strings.HasPrefix(entry, "TERRAFORM_CONFIG=") {
			kept = append(kept, entry)
		}
	}
	return kept
}
