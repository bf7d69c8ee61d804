// Command bench measures what BENCHMARKS.md promises: each figure side by side
// with the floor that it is held against, in one run on one machine, in rounds
// that take turns, so that what the machine does meanwhile meets both. It
// builds what it measures, uses only loopback, and ends with a table
// for BENCHMARKS.md.
//
// It is not a test: nothing fails because something was slow. A row that cannot
// be measured (a broken build, an apply that fails) ends the run with status 1
// after the other rows.
//
// BENCH=name,name picks rows; "bench -list" names them. Sizes are set by
// variables, see settings.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/tci-pf/terraform-provider-atm/tools/internal/sandbox"
)

func main() {
	root := flag.String("root", "..", "directory of the repository")
	list := flag.Bool("list", false, "list the rows and end")
	flag.Parse()
	if *list {
		for _, r := range rows {
			fmt.Printf("%-10s %s\n", r.name, r.about)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *root); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %s\n", err)
		os.Exit(1)
	}
}

// row is one line of quality.md's table, or a few that are measured together.
type row struct {
	name  string
	about string
	run   func(context.Context, *bench) ([]finding, error)
}

var rows = []row{
	{"terraform", "apply, refresh-only plan and destroy, against a provider that does nothing", terraformRow},
	{"latency", "a plan without changes with 50 ms of latency, and its requests", latencyRow},
	{"users", "the requests of one atm_application_users with many users", usersRow},
	{"growth", "the provider's CPU time, memory and requests as objects become more", growthRow},
	{"start", "process start to schema response, and the binary's size", startRow},
	{"token", "POST /auth/token against raw RSA-2048 signatures", tokenRow},
	{"jwks", "GET jwks.json against a handler that writes the same bytes", jwksRow},
	{"server", "testserver.Start", serverRow},
	{"build", "make demo cold and warm, and the cold build of a test that imports testserver", buildRow},
}

// bench is one run.
type bench struct {
	settings
	root      string
	dir       string // everything the run writes but its results is below it
	terraform *sandbox.Terraform
	made      binaries
}

func run(ctx context.Context, root string) (err error) {
	root, err = filepath.Abs(root)
	if err != nil {
		return err
	}
	b := &bench{root: root}
	if b.settings, err = readSettings(os.LookupEnv); err != nil {
		return err
	}
	chosen, err := choose(b.rows)
	if err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "atm-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if b.terraform, err = sandbox.FindTerraform(ctx); err != nil {
		return err
	}
	machine := describeMachine(ctx, b.terraform)
	fmt.Println(machine)
	if err := b.build(ctx); err != nil {
		return err
	}
	return measure(ctx, b, chosen, machine)
}

func choose(names []string) ([]row, error) {
	if len(names) == 0 {
		return rows, nil
	}
	var chosen []row
	for _, name := range names {
		at := slices.IndexFunc(rows, func(r row) bool { return r.name == strings.TrimSpace(name) })
		if at < 0 {
			return nil, fmt.Errorf("BENCH=%s: there is no such row; bench -list names them", name)
		}
		chosen = append(chosen, rows[at])
	}
	return chosen, nil
}

func measure(ctx context.Context, b *bench, chosen []row, machine string) error {
	var all []finding
	var errs []error
	for _, r := range chosen {
		fmt.Printf("\n%s: %s\n", r.name, r.about)
		started := time.Now()
		found, err := r.run(ctx, b)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		all = append(all, found...)
		if err != nil {
			fmt.Printf("  FAILED: %s\n", err)
			errs = append(errs, fmt.Errorf("row %s was not measured", r.name))
		}
		fmt.Printf("  (%s)\n", time.Since(started).Round(time.Second))
	}
	fmt.Print("\n", table(all, machine, b.command()))
	return errors.Join(errs...)
}

// command is what has to be typed for this run.
func (b *bench) command() string {
	var words []string
	for _, entry := range os.Environ() {
		if strings.HasPrefix(entry, "BENCH") && !strings.HasPrefix(entry, "BENCH_PROFILE") {
			words = append(words, entry)
		}
	}
	slices.Sort(words)
	return strings.Join(append(words, "make bench"), " ")
}
