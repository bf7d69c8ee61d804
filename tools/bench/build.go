package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/tci-pf/terraform-provider-atm/tools/internal/sandbox"
)

// binaries are what is measured, and what it is measured with.
type binaries struct {
	provider, server            string // of this repository, as they are released
	floor, empty, meter, echoer string
}

// build builds everything as it is released: stripped, without cgo.
func (b *bench) build(ctx context.Context) error {
	fmt.Println("building (minutes the first time, seconds later)")
	provider, tools := ".", filepath.Join(b.root, "tools")
	server := "./testserver/cmd/atm-testserver"
	if b.profile == "" {
		if err := b.goBuild(ctx, b.root, &b.made.provider, provider); err != nil {
			return err
		}
		if err := b.goBuild(ctx, b.root, &b.made.server, server); err != nil {
			return err
		}
	} else {
		if err := b.goBuild(ctx, tools, &b.made.provider, "./bench/profiled/provider"); err != nil {
			return err
		}
		if err := b.goBuild(ctx, tools, &b.made.server, "./bench/profiled/server"); err != nil {
			return err
		}
	}
	for path, into := range map[string]*string{
		"./bench/floor": &b.made.floor, "./bench/empty": &b.made.empty,
		"./bench/meter": &b.made.meter, "./bench/echo": &b.made.echoer,
	} {
		if err := b.goBuild(ctx, tools, into, path); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) goBuild(ctx context.Context, module string, into *string, path string) error {
	*into = filepath.Join(b.dir, "bin", sandbox.Executable(fmt.Sprintf("b%d", len(path))+filepath.Base(path)))
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w -X main.version="+sandbox.ProviderVersion, "-o", *into, path)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if printed, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", path, err, printed)
	}
	return nil
}
