package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tci-pf/terraform-provider-atm/tools/internal/sandbox"
)

// workspace is a directory in which Terraform runs with one provider.
type workspace struct {
	*sandbox.Workspace
	// cpu is the CPU time of the last command and of the providers that it
	// started, as the operating system reports it.
	cpu time.Duration
}

// newWorkspace creates a directory with a configuration and one provider, and
// runs "terraform init" in it.
func (b *bench) newWorkspace(ctx context.Context, program, configuration string, environ ...string) (*workspace, error) {
	dir, err := os.MkdirTemp(b.dir, "workspace-")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(configuration), 0o600); err != nil {
		return nil, err
	}
	w, err := b.terraform.Init(ctx, dir, program, environ...)
	return &workspace{Workspace: w}, err
}

// The commands that are measured. Both plans fail if there is a change.
func (w *workspace) apply(ctx context.Context) (time.Duration, error) {
	took, _, err := w.timed(ctx, "apply", "-auto-approve")
	return took, err
}

func (w *workspace) plan(ctx context.Context) (time.Duration, error) {
	return w.unchanged(ctx, "plan")
}

func (w *workspace) refreshOnlyPlan(ctx context.Context) (time.Duration, error) {
	return w.unchanged(ctx, "plan", "-refresh-only")
}

func (w *workspace) destroy(ctx context.Context) (time.Duration, error) {
	took, _, err := w.timed(ctx, "destroy", "-auto-approve")
	return took, err
}

func (w *workspace) unchanged(ctx context.Context, args ...string) (time.Duration, error) {
	// -detailed-exitcode is 2 after a -refresh-only plan that found nothing.
	took, printed, err := w.timed(ctx, args...)
	if err == nil && !bytes.Contains(printed, []byte("No changes.")) {
		err = fmt.Errorf("%s: there are changes\n%s", strings.Join(args, " "), sandbox.Tail(printed))
	}
	return took, err
}

// timed runs one command. The end of what it prints is part of its error.
func (w *workspace) timed(ctx context.Context, args ...string) (took time.Duration, printed []byte, err error) {
	var out bytes.Buffer
	started := time.Now()
	ended, err := w.Run(ctx, &out, &out, append(args, "-input=false", "-no-color")...)
	took = time.Since(started)
	if ended != nil {
		w.cpu = ended.UserTime() + ended.SystemTime()
	}
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, sandbox.Tail(out.Bytes()))
	}
	return took, out.Bytes(), err
}
