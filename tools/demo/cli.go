package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"

	tfjson "github.com/hashicorp/terraform-json"
)

// cli is the Terraform or OpenTofu of this run.
type cli struct {
	path    string
	product string // "Terraform" or "OpenTofu", as it calls itself
	version string

	dir     string
	environ []string
	color   bool
	out     io.Writer
	errOut  io.Writer
}

// prepare tells where and with what environment the following commands run.
func (c *cli) prepare(dir string, environ []string, color bool, out, errOut io.Writer) {
	c.dir, c.environ, c.color, c.out, c.errOut = dir, environ, color, out, errOut
}

// registryHost is the host that the CLI means by a provider source that names
// none, such as tci-pf/atm.
func (c *cli) registryHost() string {
	if c.product == "OpenTofu" {
		return "registry.opentofu.org"
	}
	return "registry.terraform.io"
}

// run executes one subcommand and passes on what it prints. When ctx ends it is
// interrupted, as by Ctrl-C, and may finish what it is at.
func (c *cli) run(ctx context.Context, args ...string) error {
	if !c.color {
		args = append(args, "-no-color")
	}
	cmd := c.command(ctx, args)
	cmd.Stdout, cmd.Stderr = c.out, c.errOut
	err := cmd.Run()
	if ctx.Err() != nil {
		killGroup(cmd)
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", c.path, args[0], err)
	}
	return nil
}

// state returns what "show -json" says of the state.
func (c *cli) state(ctx context.Context) (*tfjson.State, error) {
	cmd := c.command(ctx, []string{"show", "-json"})
	cmd.Stderr = c.errOut
	printed, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s show -json: %w", c.path, err)
	}
	state := &tfjson.State{}
	if err := json.Unmarshal(printed, state); err != nil {
		return nil, fmt.Errorf("read the output of %s show -json: %w", c.path, err)
	}
	return state, nil
}

func (c *cli) command(ctx context.Context, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.path, args...)
	cmd.Dir, cmd.Env = c.dir, c.environ
	separate(cmd)
	return cmd
}

// exitCode returns the exit status that err tells of, -1 when it tells of none.
func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return -1
}
