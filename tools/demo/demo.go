package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/tools/internal/sandbox"
)

// demo is one run.
type demo struct {
	root  string // of the repository
	keep  bool
	color bool
	out   io.Writer

	step      int
	dir       string // contains everything that the run writes
	terraform *sandbox.Terraform
	server    *testserver.Server
	workspace *sandbox.Workspace
}

func (d *demo) run(ctx context.Context) (err error) {
	if d.terraform, err = sandbox.FindTerraform(ctx); err != nil {
		return err
	}
	if d.dir, err = os.MkdirTemp("", "atm-demo-"); err != nil {
		return err
	}
	defer func() {
		if err == nil && d.keep {
			if err = d.explainKept(); err == nil {
				<-ctx.Done()
			}
		}
		if err != nil && ctx.Err() == nil {
			logged, _ := os.ReadFile(filepath.Join(d.dir, "server.log")) // there is none before the server starts
			fmt.Fprintf(d.out, "\n%s", sandbox.Tail(logged))
		}
		if d.server != nil {
			err = errors.Join(err, d.server.Close())
		}
		err = errors.Join(err, os.RemoveAll(d.dir))
	}()
	for _, step := range []func(context.Context) error{d.build, d.start, d.apply, d.verify, d.planAgain} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// say announces a step.
func (d *demo) say(format string, args ...any) {
	d.step++
	line := fmt.Sprintf("%d. ", d.step) + fmt.Sprintf(format, args...)
	if d.color {
		line = "\x1b[1m" + line + "\x1b[0m"
	}
	fmt.Fprintf(d.out, "\n%s\n", line)
}

func (d *demo) build(ctx context.Context) error {
	d.say("Build the provider (a minute the first time, seconds later)")
	// With the default flags of the compiler, so that the build cache serves
	// "go build" and "go test" too.
	cmd := sandbox.Command(ctx, "go", "build", "-ldflags", "-s -w -X main.version="+sandbox.ProviderVersion,
		"-o", d.dir+string(filepath.Separator), ".")
	cmd.Dir = d.root
	cmd.Env = append(os.Environ(), "GOTMPDIR="+d.dir) // an interrupt may come before go can clean up
	printed, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("go build: %w\n%s", err, printed)
	}
	return nil
}

// start starts the server in this process: its program has parts to compile that
// a demonstration does not need.
func (d *demo) start(context.Context) error {
	d.say("Start the reference server on a free loopback port, with everything in memory")
	log, err := os.Create(filepath.Join(d.dir, "server.log"))
	if err != nil {
		return err
	}
	if d.server, err = testserver.New(testserver.WithLogger(slog.New(slog.NewTextHandler(log, nil)))); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "   %s\n", d.server.URL)
	return nil
}

func (d *demo) apply(ctx context.Context) error {
	d.say("%s %s: a suite, a project, an application, a user, the assignment, and a token", d.terraform.Product, d.terraform.Version)
	dir := filepath.Join(d.dir, "quickstart")
	if err := copyConfiguration(filepath.Join(d.root, "examples", "quickstart"), dir); err != nil {
		return err
	}
	provider := filepath.Join(d.dir, sandbox.Executable("terraform-provider-atm"))
	var err error
	if d.workspace, err = d.terraform.Init(ctx, dir, provider, d.environ()...); err != nil {
		return err
	}
	return d.show(ctx, "apply", "-auto-approve")
}

// environ is what the provider reads to sign in as the administrator:
// NAME=value.
func (d *demo) environ() []string {
	admin := d.server.Admin()
	return []string{
		"ATM_ENDPOINT=" + d.server.URL, "ATM_CLIENT_ID=" + admin.ClientID,
		"ATM_CLIENT_SECRET=" + admin.ClientSecret, "ATM_LOGIN_ID=" + admin.LoginID,
	}
}

// show runs a Terraform command with its output.
func (d *demo) show(ctx context.Context, args ...string) error {
	args = append(args, "-input=false")
	if !d.color {
		args = append(args, "-no-color")
	}
	_, err := d.workspace.Run(ctx, d.out, d.out, args...)
	return err
}

func (d *demo) verify(ctx context.Context) error {
	d.say("Verify the token that %s got, with the server's JSON Web Key Set", d.terraform.Product)
	var state bytes.Buffer
	if _, err := d.workspace.Run(ctx, &state, d.out, "show", "-json"); err != nil {
		return err
	}
	token, application, err := issuedToken(state.Bytes())
	if err != nil {
		return err
	}
	report, err := verifyToken(ctx, d.server.URL, token, application)
	if err != nil {
		return err
	}
	fmt.Fprint(d.out, report)
	return nil
}

func (d *demo) planAgain(ctx context.Context) error {
	d.say("%s again: nothing is left to do", d.terraform.Product)
	// With changes, the exit status is 2.
	return d.show(ctx, "plan", "-detailed-exitcode")
}

// copyConfiguration copies the *.tf files of a directory, without a state or a
// lock file beside them.
func copyConfiguration(from, to string) error {
	files, err := filepath.Glob(filepath.Join(from, "*.tf"))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("%s contains no *.tf file", from)
	}
	err = os.Mkdir(to, 0o700)
	for _, file := range files {
		content, unreadable := os.ReadFile(file)
		err = errors.Join(err, unreadable, os.WriteFile(filepath.Join(to, filepath.Base(file)), content, 0o600))
	}
	return err
}

// explainKept prints how to continue by hand. The secrets are in a file.
func (d *demo) explainKept() error {
	var exports strings.Builder
	for _, setting := range d.workspace.Settings {
		name, value, _ := strings.Cut(setting, "=")
		fmt.Fprintf(&exports, "export %s='%s'\n", name, value)
	}
	environ := filepath.Join(d.dir, "environment")
	if err := os.WriteFile(environ, []byte(exports.String()), 0o600); err != nil {
		return err
	}
	d.say("DEMO_KEEP is set: the server runs until you press Ctrl-C. Continue in another terminal:")
	fmt.Fprintf(d.out, "     cd %s && . %s && %s plan\n", d.workspace.Dir, environ, d.terraform.Path)
	return nil
}
