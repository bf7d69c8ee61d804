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

// runner is one run of the command.
type runner struct {
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

// build compiles the provider and the server.
func (run *runner) build(ctx context.Context) error {
	cmd := sandbox.Command(ctx, "go", "build", "-ldflags", "-s -w -X main.version="+sandbox.ProviderVersion,
		"-o", run.dir+string(filepath.Separator), ".", "./testserver/cmd/atm-testserver")
	cmd.Dir = run.root
	if printed, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, printed)
	}
	return nil
}

func (run *runner) runAll(ctx context.Context, clients []client) []result {
	install := &installer{root: run.root, bin: filepath.Join(run.dir, "bin")}
	results := make([]result, len(clients))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, c := range clients {
		group.Go(func() error {
			r := result{client: c}
			if r.version, r.missing = install.version(ctx, c.Package); r.missing == nil {
				started := time.Now()
				r.seen, r.failed = run.runOne(ctx, c, filepath.Join(run.dir, fmt.Sprint(i)))
				r.took = time.Since(started)
			}
			run.report(r)
			results[i] = r
			return nil
		})
	}
	_ = group.Wait() // each client's error is in its result
	return results
}

// runOne runs a client against a server of its own, and returns what the server
// saw of it.
func (run *runner) runOne(ctx context.Context, c client, dir string) (seen map[string]bool, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, longest, fmt.Errorf("it took longer than %s", longest))
	defer cancel()
	if err := os.Mkdir(dir, 0o750); err != nil {
		return nil, err
	}
	s, err := run.startServer(ctx, c, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	drive, known := map[string]func(context.Context, *trial) error{"script": runScript, "site": runSite, "api": runAPI}[c.Kind]
	if !known {
		return nil, fmt.Errorf("its kind %q is not script, site or api", c.Kind)
	}
	if err := drive(ctx, &trial{client: c, runner: run, server: s, dir: dir}); err != nil {
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

func (run *runner) report(r result) {
	run.mu.Lock()
	defer run.mu.Unlock()
	switch {
	case r.missing != nil:
		fmt.Fprintf(run.out, "NOT INSTALLED %s: %s\n", r.Name, r.missing)
	case r.failed != nil:
		fmt.Fprintf(run.out, "FAILED  %s %s: %s\n", r.Name, r.version, withoutTokens(r.failed.Error()))
	default:
		fmt.Fprintf(run.out, "ok      %s %s (%.1f s)\n", r.Name, r.version, r.took.Seconds())
	}
}

var token = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]*`)

// withoutTokens masks the JWTs of a client's output.
func withoutTokens(printed string) string { return token.ReplaceAllString(printed, "(token)") }

// path finds the program of a client: in the directory of what was built for
// it, or on PATH, or among an administrator's programs.
func (run *runner) path(program string) string {
	for _, dir := range []string{filepath.Join(run.dir, "bin"), "/usr/sbin"} {
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
