// Command clients is "make clients": it runs standard clients of OAuth 2.0,
// OpenID Connect and JWT, unchanged, against the reference server, and writes
// the table of their results to testserver/README.md.
//
// clients.yaml lists the clients. Each gets a server of its own, over HTTPS, so
// that the rotation of a signing key is no other client's. What a client did is
// read from that server's log. A client that is not installed is a row of the
// table; one that is installed and fails makes the command fail.
//
// Arguments are names of the only clients to run; the table is then not
// written.
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
)

func main() {
	root := flag.String("root", ".", "directory of the repository")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *root, flag.Args()); err != nil {
		fmt.Fprintf(os.Stderr, "\nclients: %s\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string, names []string) (err error) {
	root, err = filepath.Abs(root)
	if err != nil {
		return err
	}
	clients, err := readClients(filepath.Join(root, "tools", "clients", "clients.yaml"), names)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "atm-clients-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // Apache serves a part of it as another user
		return err
	}
	all := &runner{root: root, dir: dir, out: os.Stdout}
	if err := all.build(ctx); err != nil {
		return err
	}
	results := all.runAll(ctx, clients)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if len(names) == 0 {
		if err := writeTable(filepath.Join(root, "testserver", "README.md"), results); err != nil {
			return err
		}
	}
	return summarize(all.out, results)
}
