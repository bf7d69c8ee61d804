package e2e_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

const (
	version  = "0.0.1"
	required = `terraform {
  required_providers {
    atm = { source = "tci-pf/atm" }
  }
}
`
)

// plugins builds the provider once and lays it out as `terraform init
// -plugin-dir` wants it.
var plugins = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "atm-e2e-")
	if err != nil {
		return "", err
	}
	// OpenTofu takes the same address for one of its own registry.
	file := func(host string) string {
		return filepath.Join(dir, host, "tci-pf", "atm", version, runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-atm_v"+version)
	}
	terraform, tofu := file("registry.terraform.io"), file("registry.opentofu.org")
	build := exec.Command("go", "build", "-o", terraform, "../..")
	if out, err := build.CombinedOutput(); err != nil {
		return dir, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return dir, errors.Join(os.MkdirAll(filepath.Dir(tofu), 0o755), os.Link(terraform, tofu))
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, _ := plugins(); os.Getenv("TF_ACC") != "" && dir != "" {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// workspace is a directory that Terraform works in, against a server.
type workspace struct {
	t       *testing.T
	dir     string
	server  *testserver.Server
	environ []string
}

// open makes a workspace with the configuration. It needs TF_ACC.
func open(t *testing.T, config string, options ...testserver.Option) *workspace {
	t.Helper()
	_ = acctest.FindCLI(t)
	t.Parallel()
	dir, err := plugins()
	if err != nil {
		t.Fatal(err)
	}
	w := &workspace{t: t, dir: t.TempDir(), server: testserver.Start(t, options...)}
	cli := filepath.Join(w.dir, "cli.rc")
	w.write("cli.rc", "")
	w.environ = append(w.server.Admin().Environ(),
		"PATH="+os.Getenv("PATH"), "HOME="+w.dir, "TF_CLI_CONFIG_FILE="+cli, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1")
	w.write("main.tf", required+config)
	w.must("init", "-plugin-dir="+dir)
	return w
}

func (w *workspace) write(name, content string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *workspace) read(name string) string {
	w.t.Helper()
	content, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(content)
}

// cli is the program to test with, as for the acceptance tests.
func cli() string {
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path
	}
	return "terraform"
}

func (w *workspace) command(environ []string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	args = append([]string{args[0], "-no-color"}, args[1:]...)
	cmd := exec.Command(cli(), args...)
	var out bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = w.dir, append(w.environ, environ...), &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that a kill meets the provider too
	return cmd, &out
}

// try runs Terraform and returns what it printed.
func (w *workspace) try(args ...string) (string, error) {
	w.t.Helper()
	cmd, out := w.command(nil, args...)
	err := cmd.Run()
	return out.String(), err
}

func (w *workspace) must(args ...string) string {
	w.t.Helper()
	out, err := w.try(args...)
	if err != nil {
		w.t.Fatalf("terraform %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// fails runs what must fail and returns what it printed, without the frame
// that Terraform draws around errors.
func (w *workspace) fails(args ...string) string {
	w.t.Helper()
	out, err := w.try(args...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		w.t.Fatalf("terraform %s: %v, want it to fail\n%s", strings.Join(args, " "), err, out)
	}
	return unwrap(out)
}

// unwrap joins the lines that Terraform breaks.
func unwrap(out string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(out)), " ")
}

func (w *workspace) wantNoChanges(when string) {
	w.t.Helper()
	if out, err := w.try("plan", "-detailed-exitcode", "-input=false"); err != nil {
		w.t.Errorf("%s: the plan is not empty: %v\n%s", when, err, out)
	}
}

func wantText(t *testing.T, out string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(out, text) {
			t.Errorf("the output does not contain %q:\n%s", text, out)
		}
	}
}
