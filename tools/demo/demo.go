package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// demo is one run. Its exported face is run; the fields above the blank line
// are given, the others are filled as the run goes on.
type demo struct {
	root    string
	out     io.Writer
	errOut  io.Writer
	color   bool
	keep    bool
	environ []string

	step    int
	dir     string // everything the run writes is below it
	cli     *cli
	server  *server
	applied bool // apply was started, so there may be objects to destroy
}

// run goes through all steps. When work ends early, or a step fails, what was
// created is destroyed and what was started is stopped, within cleanup.
func (d *demo) run(work, cleanup context.Context) (err error) {
	d.dir, err = os.MkdirTemp("", "atm-demo-")
	if err != nil {
		return fmt.Errorf("make a temporary directory: %w", err)
	}
	defer func() {
		err = errors.Join(err, d.finish(work, cleanup, err))
	}()

	if err := inOrder(work, d.findCLI, d.build, d.startServer); err != nil {
		return err
	}
	alive, release := d.server.whileAlive(work)
	defer release()
	return inOrder(alive, d.init, d.apply, d.showToken, d.planAgain)
}

func inOrder(ctx context.Context, steps ...func(context.Context) error) error {
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return nil
}

// say announces a step.
func (d *demo) say(format string, args ...any) {
	d.step++
	line := fmt.Sprintf("%d. %s", d.step, fmt.Sprintf(format, args...))
	if d.color {
		line = "\x1b[1m" + line + "\x1b[0m"
	}
	fmt.Fprintf(d.out, "\n%s\n", line)
}

func (d *demo) tell(format string, args ...any) {
	fmt.Fprintf(d.out, "   %s\n", fmt.Sprintf(format, args...))
}

func (d *demo) findCLI(ctx context.Context) error {
	d.say("Look for Terraform or OpenTofu")
	finder := cliFinder{
		environ: cleanEnviron(d.environ),
		cache:   defaultCache(),
		tell:    d.tell,
	}
	found, err := finder.find(ctx)
	if err != nil {
		return err
	}
	d.cli = found
	d.tell("%s %s, %s", found.product, found.version, found.path)
	return nil
}

func (d *demo) build(ctx context.Context) error {
	d.say("Build the provider and the reference server (minutes the first time, seconds later)")
	if err := goBuild(ctx, d.root, d.dir); err != nil {
		return err
	}
	plugin, err := pluginPath(filepath.Join(d.dir, "plugins"), d.cli.registryHost())
	if err != nil {
		return err
	}
	return os.Rename(filepath.Join(d.dir, executable("terraform-provider-atm")), plugin)
}

func (d *demo) serverBinary() string {
	return filepath.Join(d.dir, executable("atm-testserver"))
}

func (d *demo) startServer(ctx context.Context) (err error) {
	d.say("Start an ATM server on a free loopback port, with everything in memory")
	d.server, err = startServer(ctx, serverOptions{
		binary:   d.serverBinary(),
		dir:      d.dir,
		environ:  cleanEnviron(d.environ),
		detached: d.keep,
	})
	if err != nil {
		return err
	}
	d.tell("%s, process %d", d.server.ready.Endpoint, d.server.pid())
	return nil
}

// configuration is the directory in which Terraform runs.
func (d *demo) configuration() string { return filepath.Join(d.dir, "quickstart") }

func (d *demo) init(ctx context.Context) error {
	d.say("%s init: install the provider just built from a directory, offline", d.cli.product)
	if err := copyConfiguration(filepath.Join(d.root, "examples", "quickstart"), d.configuration()); err != nil {
		return err
	}
	environ, err := terraformEnviron(d.environ, d.dir, d.server.ready)
	if err != nil {
		return err
	}
	d.cli.prepare(d.configuration(), environ, d.color, d.out, d.errOut)
	return d.cli.run(ctx, "init", "-input=false", "-plugin-dir="+filepath.Join(d.dir, "plugins"))
}

func (d *demo) apply(ctx context.Context) error {
	d.say("%s apply: a suite, a project, an application, a user, the assignment, and a token", d.cli.product)
	d.applied = true
	return d.cli.run(ctx, "apply", "-input=false", "-auto-approve")
}

func (d *demo) showToken(ctx context.Context) error {
	d.say("Decode the token that %s was handed, and verify it through JWKS", d.cli.product)
	state, err := d.cli.state(ctx)
	if err != nil {
		return err
	}
	token, applicationID, err := issuedToken(state)
	if err != nil {
		return err
	}
	verified, err := verifyToken(ctx, d.server.ready.Endpoint, token, applicationID)
	if err != nil {
		return err
	}
	d.tell("header  %s", verified.header)
	d.tell("claims  %s", verified.claims)
	d.tell("RS256 signature by key %s of %s: valid", verified.keyID, verified.jwksURL)
	d.tell("iss is atm, aud is the application's id, exp is in %s", time.Until(verified.expires).Round(time.Second))
	return nil
}

func (d *demo) planAgain(ctx context.Context) error {
	d.say("%s plan, once more: nothing is left to do", d.cli.product)
	err := d.cli.run(ctx, "plan", "-input=false", "-detailed-exitcode")
	if exitCode(err) == 2 {
		return errors.New("the second plan has changes: every apply should be followed by an empty plan")
	}
	return err
}

// finish ends the run: it explains how to go on by hand when that was asked
// for, else destroys, stops the server and removes the temporary directory.
func (d *demo) finish(work, cleanup context.Context, failure error) error {
	if d.server == nil {
		return os.RemoveAll(d.dir)
	}
	interrupted := work.Err() != nil
	if failure != nil && !interrupted {
		d.server.printLog(d.errOut)
	}
	if d.keep && !interrupted {
		return d.explainKept()
	}

	var errs []error
	if d.server.ended() {
		return os.RemoveAll(d.dir) // and with it went everything that was created
	}
	if d.applied {
		d.say("%s destroy: remove all of it again", d.cli.product)
		if err := d.cli.run(cleanup, "destroy", "-input=false", "-auto-approve"); err != nil {
			errs = append(errs, fmt.Errorf("destroy: %w", err))
		}
	}
	d.say("Stop the server and remove %s", d.dir)
	if err := d.server.stop(); err != nil {
		errs = append(errs, err)
	}
	if err := os.RemoveAll(d.dir); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
