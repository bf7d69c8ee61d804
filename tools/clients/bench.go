package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"github.com/tci-pf/terraform-provider-atm/tools/internal/sandbox"
	"golang.org/x/sync/errgroup"
)

// atOnce is how many clients run at a time. They mostly wait.
const atOnce = 4

// longest is how long a client may take.
const longest = time.Minute

// bench is one run.
type bench struct {
	root string // of the repository
	dir  string // contains everything that the run writes, but for the table
	out  io.Writer
	mu   sync.Mutex // for out
}

// result is a row of the table.
type result struct {
	client
	version string
	missing error // why it could not be installed
	failed  error
	seen    map[string]bool // capabilities, from the server's log
	took    time.Duration
}

// build compiles the provider, the server and the Go clients, and installs the
// JavaScript ones. What can't be installed is found out for each client.
func (b *bench) build(ctx context.Context) error {
	cmd := sandbox.Command(ctx, "go", "build", "-ldflags", "-s -w -X main.version="+sandbox.ProviderVersion,
		"-o", b.dir+string(filepath.Separator), ".", "./testserver/cmd/atm-testserver")
	cmd.Dir = b.root
	if printed, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, printed)
	}
	return nil
}

func (b *bench) runAll(ctx context.Context, clients []client) []result {
	install := &installer{root: b.root, bin: filepath.Join(b.dir, "bin")}
	results := make([]result, len(clients))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, c := range clients {
		group.Go(func() error {
			r := result{client: c}
			if r.version, r.missing = install.version(ctx, c.Package); r.missing == nil {
				started := time.Now()
				r.seen, r.failed = b.runOne(ctx, c, filepath.Join(b.dir, fmt.Sprint(i)))
				r.took = time.Since(started)
			}
			b.report(r)
			results[i] = r
			return nil
		})
	}
	_ = group.Wait() // each client's error is in its result
	return results
}

// runOne runs a client against a server of its own, and returns what the server
// saw of it.
func (b *bench) runOne(ctx context.Context, c client, dir string) (seen map[string]bool, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, longest, fmt.Errorf("it took longer than %s", longest))
	defer cancel()
	if err := os.Mkdir(dir, 0o750); err != nil {
		return nil, err
	}
	s, err := b.startServer(ctx, c, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	drive, known := map[string]func(context.Context, *trial) error{"script": runScript, "site": runSite, "api": runAPI}[c.Kind]
	if !known {
		return nil, fmt.Errorf("its kind %q is not script, site or api", c.Kind)
	}
	if err := drive(ctx, &trial{client: c, bench: b, server: s, dir: dir}); err != nil {
		return nil, err
	}
	seen, err = s.seen()
	for _, does := range c.Does {
		if err == nil && !seen[does] {
			err = fmt.Errorf("the server's log shows no %s", does)
		}
	}
	return seen, err
}

func (b *bench) report(r result) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case r.missing != nil:
		fmt.Fprintf(b.out, "NOT INSTALLED %s: %s\n", r.Name, r.missing)
	case r.failed != nil:
		fmt.Fprintf(b.out, "FAILED  %s %s: %s\n", r.Name, r.version, withoutTokens(r.failed.Error()))
	default:
		fmt.Fprintf(b.out, "ok      %s %s (%.1f s)\n", r.Name, r.version, r.took.Seconds())
	}
}

var token = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]*`)

// withoutTokens masks the JWTs of a client's output.
func withoutTokens(printed string) string { return token.ReplaceAllString(printed, "(token)") }

// path finds the program of a client: in the directory of what was built for
// it, or on PATH, or among an administrator's programs.
func (b *bench) path(program string) string {
	for _, dir := range []string{filepath.Join(b.dir, "bin"), "/usr/sbin"} {
		path := filepath.Join(dir, program)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	if path, err := exec.LookPath(program); err == nil {
		return path
	}
	return program
}
