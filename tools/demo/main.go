// Command demo is "make demo": it builds the provider, starts the reference
// server on a free loopback port, applies examples/quickstart with a
// real Terraform or OpenTofu in a temporary directory, verifies the token that
// Terraform got, plans once more ("No changes."), stops the server and removes
// the directory. An interrupt (SIGINT or SIGTERM) does the last two at once.
//
// It uses nothing of the caller's Terraform settings and ATM credentials, and
// no registry: the provider is installed from a directory.
//
// DEMO_KEEP=1 prints how to continue by hand and keeps the server and the
// directory until it is interrupted.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	root := flag.String("root", ".", "directory of the repository")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	d := &demo{root: *root, keep: os.Getenv("DEMO_KEEP") != "", color: isTerminal(os.Stdout), out: os.Stdout}
	if err := d.run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "\ndemo: %s\n", err)
		os.Exit(1)
	}
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("NO_COLOR") == ""
}
