//go:build unix

package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// output is where a demo prints. It calls then when text appears.
type output struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	text string
	then func()
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := o.buf.Write(p)
	if o.then != nil && strings.Contains(o.buf.String(), o.text) {
		o.then()
		o.then = nil
	}
	return n, err
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// newDemo returns a demo of this repository, with a temporary directory of its
// own and an environment with settings that would break it.
func newDemo(t *testing.T) (d *demo, out *output, dir string) {
	t.Helper()
	if os.Getenv("TF_ACC") == "" || os.Getenv("TF_ACC_TERRAFORM_PATH") == "" {
		t.Skip("an acceptance test: make test sets TF_ACC and TF_ACC_TERRAFORM_PATH")
	}
	dir = t.TempDir()
	for name, value := range map[string]string{
		"TMPDIR": dir, "TF_CLI_CONFIG_FILE": filepath.Join(dir, "missing"), "TF_WORKSPACE": "other",
		"TF_CLI_ARGS": "-no-such-flag", "TF_REATTACH_PROVIDERS": "not JSON", "ATM_ENDPOINT": "http://127.0.0.1:1",
	} {
		t.Setenv(name, value)
	}
	out = &output{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the demo printed:\n%s", out.buf.String())
		}
	})
	return &demo{root: filepath.Join("..", ".."), out: out}, out, dir
}

// leavesNothing fails the test if a file or a process of the demo is left. Only
// Linux lists processes this way.
func leavesNothing(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left files: %v %v", left, err)
	}
	for _, pattern := range []string{"/proc/[0-9]*/exe", "/proc/[0-9]*/cwd"} {
		links, _ := filepath.Glob(pattern)
		for _, link := range links {
			if target, err := os.Readlink(link); err == nil && strings.HasPrefix(target, dir) {
				t.Errorf("left process: %s is %s", link, target)
			}
		}
	}
}

func TestDemo_EndsWithNoChangesAndLeavesNothing(t *testing.T) {
	d, out, dir := newDemo(t)
	if err := d.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	rest := out.buf.String()
	for _, want := range []string{"Apply complete! Resources: 5 added", `"iss": "atm"`, `"email": "admin@gmail.com"`, ": valid", "No changes."} {
		var found bool
		if _, rest, found = strings.Cut(rest, want); !found {
			t.Errorf("it did not print %q, or not in this order", want)
		}
	}
	for _, unwanted := range []string{"Warning", "lock file", d.server.Admin().ClientSecret} {
		if strings.Contains(out.buf.String(), unwanted) {
			t.Errorf("it printed %q", unwanted)
		}
	}
	leavesNothing(t, dir)
}

func TestDemo_InterruptedLeavesNothing(t *testing.T) {
	for _, at := range []string{"1. Build", "atm_suite.payments: Creation complete", "Refreshing state"} {
		t.Run(at, func(t *testing.T) {
			d, out, dir := newDemo(t)
			d.keep = true // does not matter: only a complete run is kept
			ctx, interrupt := context.WithCancel(t.Context())
			out.text, out.then = at, interrupt
			if at == "1. Build" {
				out.then = func() { go interruptBuild(dir, interrupt) }
			}
			if err := d.run(ctx); err == nil {
				t.Error("no error")
			}
			leavesNothing(t, dir)
		})
	}
}

// interruptBuild waits until "go build" has created its temporary directory.
func interruptBuild(dir string, interrupt func()) {
	for {
		if begun, _ := filepath.Glob(filepath.Join(dir, "*", "go-build*")); len(begun) > 0 {
			interrupt()
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func TestDemo_FailureShowsTheServersLogAndLeavesNothing(t *testing.T) {
	d, out, dir := newDemo(t)
	out.text, out.then = "Apply complete!", func() { _ = os.Remove(filepath.Join(d.workspace.Dir, "terraform.tfstate")) }
	err := d.run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "no atm_application") {
		t.Errorf("got %v, want an error about the missing state", err)
	}
	if !strings.Contains(out.buf.String(), "POST") {
		t.Error("the server's log was not shown")
	}
	leavesNothing(t, dir)
}

func TestDemo_KeptContinuesByHand(t *testing.T) {
	d, out, dir := newDemo(t)
	d.keep = true
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	kept := make(chan struct{})
	out.text, out.then = " plan\n", func() { close(kept) }
	ended := make(chan error)
	go func() { ended <- d.run(ctx) }()
	select {
	case err := <-ended:
		t.Fatalf("it ended: %v", err)
	case <-kept:
	}
	printed := out.String()
	_, plan, _ := strings.Cut(printed, "Continue in another terminal:")
	if printed := shell(t, plan); !strings.Contains(printed, "No changes.") {
		t.Errorf("the plan printed\n%s", printed)
	}
	if strings.Contains(printed, d.server.Admin().ClientSecret) {
		t.Error("it printed the administrator's secret")
	}
	interrupt()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if response, err := http.Get(d.server.URL); err == nil {
		_ = response.Body.Close()
		t.Error("the server still runs")
	}
	leavesNothing(t, dir)
}

// shell runs a script, as by a person without the other settings.
func shell(t *testing.T, script string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "env", "-u", "TF_CLI_ARGS", "-u", "TF_WORKSPACE", "-u", "TF_REATTACH_PROVIDERS", "sh", "-e", "-c", script)
	printed, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, printed)
	}
	return string(printed)
}
