package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// watched is an output that tells when it has come to a certain text.
type watched struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	text string
	then func()
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := w.buf.Write(p)
	if w.then != nil && strings.Contains(w.buf.String(), w.text) {
		w.then()
		w.then = nil
	}
	return n, err
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}

// newDemo is a demo of this repository in an environment full of things that
// would disturb it. The test fails when it leaves its directory or its server
// behind, except when it was to keep them.
func newDemo(t *testing.T) (*demo, *watched) {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("an acceptance test: it runs when TF_ACC is set, as by make test")
	}
	putOnPath(t, os.Getenv("TF_ACC_TERRAFORM_PATH"))
	out := &watched{}
	d := &demo{
		root: filepath.Join("..", ".."), out: out, errOut: out,
		environ: append(cleanEnviron(os.Environ()),
			"TF_CLI_CONFIG_FILE="+filepath.Join(t.TempDir(), "missing"),
			"TF_DATA_DIR="+filepath.Join(t.TempDir(), "elsewhere"),
			"TF_WORKSPACE=other",
			"TF_CLI_ARGS=-no-such-flag",
			"TF_CLI_ARGS_apply=-target=atm_suite.none",
			"TF_REATTACH_PROVIDERS=no JSON",
			"ATM_ENDPOINT=http://127.0.0.1:1",
			"ATM_TESTSERVER_LISTEN=127.0.0.1:1",
		),
	}
	t.Cleanup(func() {
		if d.server != nil && !d.keep && !d.server.ended() {
			t.Error("the server is still running")
			_ = d.server.stop()
		}
		if _, err := os.Stat(d.dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the temporary directory is still there: %v", err)
		}
		if t.Failed() {
			t.Logf("the demo printed:\n%s", out)
		}
	})
	return d, out
}

// putOnPath makes the terraform or tofu to test with the first on PATH.
func putOnPath(t *testing.T, cli string) {
	t.Helper()
	if cli == "" {
		t.Fatal("TF_ACC_TERRAFORM_PATH is not set: run the tests with make test")
	}
	dir := t.TempDir()
	if err := os.Symlink(cli, filepath.Join(dir, executable("terraform"))); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestDemo_ShowsAVerifiedTokenAndLeavesNothingBehind(t *testing.T) {
	d, out := newDemo(t)
	if err := d.run(t.Context(), t.Context()); err != nil {
		t.Fatal(err)
	}
	printed := out.String()
	for _, want := range []string{
		"Apply complete! Resources: 5 added",
		`"iss": "atm"`, `"scope": {`, `"email": "admin@gmail.com"`, `"firstName": "Thong"`,
		": valid",
		"No changes.",
		"Destroy complete! Resources: 5 destroyed",
	} {
		if !strings.Contains(printed, want) {
			t.Errorf("it did not print %q", want)
		}
	}
	if secret := d.server.ready.ClientSecret; strings.Contains(printed, secret) {
		t.Error("it printed the administrator's secret")
	}
}

func TestDemo_InterruptedDestroysAndStops(t *testing.T) {
	d, out := newDemo(t)
	ctx, interrupt := context.WithCancelCause(t.Context())
	out.text, out.then = "atm_suite.payments: Creation complete", func() { interrupt(errInterrupted) }

	err := d.run(ctx, t.Context())
	if !errors.Is(err, errInterrupted) {
		t.Errorf("error %v, want one that says that it was interrupted", err)
	}
	if printed := out.String(); !strings.Contains(printed, "Destroy complete!") {
		t.Error("what was created was not destroyed")
	}
}

func TestDemo_FailedShowsTheServersLogAndCleansUp(t *testing.T) {
	d, out := newDemo(t)
	// The server goes away in the middle, as if it had crashed.
	out.text, out.then = "atm_suite.payments: Creation complete", func() { _ = d.server.cmd.Process.Kill() }

	err := d.run(t.Context(), t.Context())
	if err == nil || !strings.Contains(err.Error(), "the server ended by itself") {
		t.Errorf("error %v, want one that says that the server ended", err)
	}
	if printed := out.String(); !strings.Contains(printed, "The end of the server's log") {
		t.Error("the server's log was not shown")
	}
}

func TestDemo_KeptGoesOnByHand(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("what it prints is for a POSIX shell")
	}
	d, out := newDemo(t)
	d.keep = true
	if err := d.run(t.Context(), t.Context()); err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(out.String(), "To go on by hand:")
	goOn, end, found := strings.Cut(rest, "To end it")
	if !found {
		t.Fatal("it did not print how to go on and how to end it")
	}
	_, end, _ = strings.Cut(end, ":")
	defer shell(t, d.environ, end)

	if printed := shell(t, d.environ, goOn); !strings.Contains(printed, "No changes.") {
		t.Errorf("a plan by hand printed\n%s", printed)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.server.ready.Endpoint+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatalf("the server is gone: %v", err)
	}
	_ = response.Body.Close()
}

// shell runs a script as a person would paste it, and returns what it printed.
func shell(t *testing.T, environ []string, script string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", script)
	cmd.Env = environ
	printed, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, printed)
	}
	return string(printed)
}
