package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/tci-pf/terraform-provider-atm/tools/internal/sandbox"
)

// buildRow times "make demo" with an empty build cache (cold) and again with
// that cache (warm), and the build of a test that imports testserver with
// another empty one. The module cache stays as it is: nothing is downloaded.
func buildRow(ctx context.Context, b *bench) ([]finding, error) {
	const goal = 80 * time.Second
	demoCache, testCache := filepath.Join(b.dir, "cache-demo"), filepath.Join(b.dir, "cache-test")
	var found []finding
	for _, step := range []struct {
		what, cache string
		goal        time.Duration
		command     []string
	}{
		{"`make demo`, cold", demoCache, goal, []string{"make", "demo"}},
		{"`make demo`, warm", demoCache, 0, []string{"make", "demo"}},
		{"build of a test that imports `testserver`, cold", testCache, 0,
			[]string{"go", "-C", "tools", "test", "-c", "-o", filepath.Join(b.dir, "importer.test"), "./bench/importer"}},
	} {
		cmd := sandbox.Command(ctx, step.command[0], step.command[1:]...)
		cmd.Dir = b.root
		cmd.Env = append(os.Environ(), "GOCACHE="+step.cache, "DEMO_KEEP=")
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // make forwards only this one
		took, err := timeCommand(cmd)
		if err != nil {
			return found, err
		}
		f := finding{what: step.what, figure: seconds(took), ours: "CPU time " + seconds(cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())}
		if step.goal > 0 {
			f.goal, f.met = "at most "+step.goal.String(), took <= step.goal
		}
		found = append(found, f.print())
	}
	return found, nil
}

func timeCommand(cmd *exec.Cmd) (time.Duration, error) {
	started := time.Now()
	printed, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, sandbox.Tail(printed))
	}
	return time.Since(started), nil
}
