// Command demo shows the whole of the project in one go, as "make demo":
// it builds the provider and the reference server, starts the server on a
// free loopback port, applies examples/quickstart with a real Terraform or
// OpenTofu in a temporary directory, verifies the token that Terraform was
// handed, plans once more, destroys, and stops what it started.
//
// The provider is installed from a directory (terraform init -plugin-dir), so
// nothing is asked of a registry. Terraform settings and ATM credentials in the
// caller's environment are not used.
//
// DEMO_KEEP=1 leaves the server and the applied configuration in place and
// prints the environment with which to go on by hand.
//
// The first interrupt (SIGINT or SIGTERM) destroys what was created and stops
// the server; a second one skips the destroy. The exit status is 0 when every
// step succeeded, 1 when one failed, 130 after an interrupt.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/mattn/go-isatty"
)

const (
	exitFailed      = 1
	exitInterrupted = 130
)

func main() {
	root := flag.String("root", "..", "directory of the repository")
	flag.Parse()
	os.Exit(run(*root))
}

func run(root string) int {
	root, err := filepath.Abs(root)
	if err != nil {
		fmt.Fprintf(os.Stderr, "demo: find the repository: %s\n", err)
		return exitFailed
	}
	ctx, cleanup, stop := onSignals()
	defer stop()

	d := &demo{
		root:    root,
		out:     os.Stdout,
		errOut:  os.Stderr,
		color:   isatty.IsTerminal(os.Stdout.Fd()) && os.Getenv("NO_COLOR") == "",
		keep:    isSet(os.Getenv("DEMO_KEEP")),
		environ: os.Environ(),
	}
	err = d.run(ctx, cleanup)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "\ndemo: interrupted")
		return exitInterrupted
	case err != nil:
		fmt.Fprintf(os.Stderr, "\ndemo: %s\n", err)
		return exitFailed
	}
	return 0
}

func isSet(value string) bool {
	return value != "" && value != "0" && value != "false"
}

var errInterrupted = errors.New("interrupted")

// onSignals returns a context that the first SIGINT or SIGTERM ends, and one
// that only the second ends, for the cleaning up after the first.
func onSignals() (work, cleanup context.Context, stop func()) {
	work, endWork := context.WithCancelCause(context.Background())
	cleanup, endCleanup := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		for range signals {
			if work.Err() == nil {
				fmt.Fprintln(os.Stderr, "\ndemo: interrupted; cleaning up (once more to skip the destroy)")
				endWork(errInterrupted)
				continue
			}
			endCleanup(errInterrupted)
		}
	}()
	return work, cleanup, func() {
		signal.Stop(signals)
		close(signals)
		endWork(nil)
		endCleanup(nil)
	}
}
