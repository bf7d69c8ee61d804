package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// ProviderVersion is the version of the providers that the tools build. It is
// not a pre-release, because Terraform never selects one automatically.
const ProviderVersion = "0.0.1"

// Workspace is a directory with a configuration, in which Terraform runs with
// one provider.
type Workspace struct {
	Dir string
	// Settings are the environment variables that Terraform and the provider
	// get in addition to Environ: NAME=value.
	Settings []string

	terraform *Terraform
}

// Init installs the provider program for the configuration in dir, offline, and
// runs "terraform init" there. The settings are environment variables:
// NAME=value.
func (t *Terraform) Init(ctx context.Context, dir, provider string, settings ...string) (*Workspace, error) {
	rc := filepath.Join(dir, "terraform.rc")
	w := &Workspace{
		Dir: dir, terraform: t,
		Settings: append([]string{"TF_CLI_CONFIG_FILE=" + rc, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1"}, settings...),
	}
	// The caller's file may contain mirrors and development overrides.
	if err := os.WriteFile(rc, []byte("disable_checkpoint = true\n"), 0o600); err != nil {
		return nil, err
	}
	plugins := filepath.Join(dir, "plugins")
	parent := filepath.Join(plugins, t.registryHost(), "tci-pf", "atm", ProviderVersion, runtime.GOOS+"_"+runtime.GOARCH)
	if err := os.MkdirAll(parent, 0o750); err != nil {
		return nil, err
	}
	if err := os.Link(provider, filepath.Join(parent, Executable("terraform-provider-atm_v"+ProviderVersion))); err != nil {
		return nil, err
	}
	// The output is only shown with a failure: it warns that the lock file has
	// no checksums of other platforms, which a local build cannot have.
	var printed bytes.Buffer
	if _, err := w.Run(ctx, &printed, &printed, "init", "-input=false", "-no-color", "-plugin-dir="+plugins); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, Tail(printed.Bytes()))
	}
	return w, nil
}

// Run runs one Terraform command to its end. When ctx ends, Terraform is
// interrupted as by Ctrl-C, completes the operations in progress, and the error
// is the cause of ctx. The state is nil if Terraform did not start.
func (w *Workspace) Run(ctx context.Context, stdout, stderr io.Writer, args ...string) (*os.ProcessState, error) {
	cmd := Command(ctx, w.terraform.Path, args...)
	cmd.Dir, cmd.Env = w.Dir, append(Environ(), w.Settings...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		killGroup(cmd)
		return cmd.ProcessState, context.Cause(ctx)
	}
	if err != nil {
		err = fmt.Errorf("%s %s: %w", w.terraform.Product, args[0], err)
	}
	return cmd.ProcessState, err
}

// Tail returns the end of an output, where a failure is explained.
func Tail(printed []byte) []byte {
	const most = 2 << 10
	return printed[max(0, len(printed)-most):]
}
