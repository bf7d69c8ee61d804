package torture_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
)

// plugins builds the provider once, for `terraform init -plugin-dir`.
var plugins = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "atm-torture-")
	if err != nil {
		return "", err
	}
	platform := runtime.GOOS + "_" + runtime.GOARCH
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		file := filepath.Join(dir, host, "tci-pf", "atm", "0.0.1", platform, "terraform-provider-atm_v0.0.1")
		if out, err := exec.Command("go", "build", "-o", file, "../..").CombinedOutput(); err != nil {
			return dir, fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
	return dir, nil
})

//go:embed testdata/main.tf
var configuration string

// workspace is a directory in which real Terraform manages the configuration.
type workspace struct {
	behind
	dir     string
	environ []string
	proxy   *proxy
	before  []string
}

// running bounds how many cells run Terraform at once: it needs memory.
var running = make(chan struct{}, 4)

func open(t *testing.T) *workspace {
	t.Helper()
	plugins, err := plugins()
	if err != nil {
		t.Fatal(err)
	}
	server := start(t)
	w := &workspace{behind: behind{t, server, &adminToken{}}, dir: t.TempDir(), proxy: newProxy(t, server.URL)}
	w.before = w.listing()
	w.write("main.tf", configuration)
	w.write("cli.rc", "")
	w.environ = append(server.Admin().Environ(), "ATM_ENDPOINT="+w.proxy.url, "ATM_MAX_RETRIES=1", "ATM_REQUEST_TIMEOUT=2",
		"PATH="+os.Getenv("PATH"), "HOME="+w.dir, "TF_CLI_CONFIG_FILE="+w.dir+"/cli.rc", "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1")
	w.must("init", "-plugin-dir="+plugins)
	return w
}

func (w *workspace) write(name, content string) {
	w.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(content), 0o600); err != nil {
		w.Fatal(err)
	}
}

func (w *workspace) command(args ...string) (*exec.Cmd, *bytes.Buffer) {
	program := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if program == "" {
		program = "terraform"
	}
	if args[0] != "init" {
		args = append(args, "-lock=false", "-input=false") // a kill leaves the lock
	}
	cmd, out := exec.Command(program, append(args, "-no-color")...), &bytes.Buffer{}
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = w.dir, w.environ, out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a kill of the group reaches the provider
	return cmd, out
}

func (w *workspace) try(args ...string) (string, error) {
	cmd, out := w.command(args...)
	err := cmd.Run()
	return out.String(), err
}

func (w *workspace) must(args ...string) {
	w.Helper()
	if out, err := w.try(args...); err != nil {
		w.Fatalf("terraform %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// commands are the operations in Terraform's terms, and the value of v that
// each applies.
var commands = map[string]struct {
	args []string
	v    int
}{
	"create":  {[]string{"apply", "-auto-approve", "-parallelism=1"}, 1},
	"refresh": {[]string{"apply", "-auto-approve", "-parallelism=1", "-refresh-only"}, 1},
	"update":  {[]string{"apply", "-auto-approve", "-parallelism=1"}, 2},
	"destroy": {[]string{"apply", "-auto-approve", "-parallelism=1", "-destroy"}, 1},
}

func args(operation string) []string {
	return append(slices.Clone(commands[operation].args), fmt.Sprint("-var=v=", commands[operation].v))
}

// testTerraform runs a sample through real Terraform: each fault and some kills.
func testTerraform(t *testing.T) {
	t.Parallel()
	acctest.NeedsCLI(t, "write-only arguments", "1.11", "1.11")
	for _, operation := range []string{"create", "refresh", "update", "destroy"} {
		if *every > 1 && operation != "create" {
			continue
		}
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			sampled := slices.DeleteFunc(slices.Clone(faults), func(f *fault) bool { return f.name == "204" }) // see returnsNothing
			dry := open(t)
			dry.prepare(operation)
			dry.proxy.record(nil)
			dry.must(args(operation)...)
			calls, want := dry.proxy.recorded(), dry.listing()
			// Terraform's order differs from run to run, so that only the number of a request has a meaning.
			for i := range calls {
				met := []*fault{killAfter, killBefore, sampled[i%len(sampled)]}
				switch {
				case *every > 1 && i != len(calls)/2:
					continue
				case *every > 1:
					met = met[:1]
				case operation == "refresh":
					met = met[2:]
				}
				for _, f := range met {
					cell(t, "terraform", "all", operation, fmt.Sprint(i+1), f.name, func(t *testing.T) {
						running <- struct{}{}
						defer func() { <-running }()
						w := open(t)
						w.prepare(operation)
						w.meet(operation, &armed{fault: f, at: i + 1, once: true}, i%2 == 0)
						w.converge(operation, want)
					})
				}
			}
		})
	}
}

func (w *workspace) prepare(operation string) {
	w.Helper()
	if operation != "create" {
		w.must(args("create")...)
	}
}

// meet runs the operation under the fault; a kill ends the provider, or
// Terraform too.
func (w *workspace) meet(operation string, fault *armed, all bool) {
	w.Helper()
	cmd, _ := w.command(args(operation)...)
	if fault.kills {
		fault.kill = func() { kill(cmd.Process.Pid, all) }
	}
	w.proxy.record(fault)
	if err := cmd.Run(); err == nil && fault.kills {
		w.Error("the killed run succeeded")
	}
	w.proxy.lift(fault)
	w.Logf("requests: %s", w.proxy.recorded())
}

// kill ends all processes of the group, or its providers.
func kill(group int, all bool) {
	if all {
		_ = syscall.Kill(-group, syscall.SIGKILL) // meet fails where nothing was killed
		return
	}
	found, _ := exec.Command("pgrep", "-g", fmt.Sprint(group), "-f", "terraform-provider-atm").Output()
	for _, line := range strings.Fields(string(found)) {
		if pid, err := strconv.Atoi(line); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

var (
	importType = regexp.MustCompile(`to = (atm_\w+)\.\w+\s+id\s*=\s*"([^"]+)"`)
	blockedBy  = regexp.MustCompile(`with (atm_\w+\.\w+),`)
)

// importRounds is how often an apply after a kill may stop for objects that are
// not in the state. Terraform saves a local state after each object, so one is
// missing. OpenTofu, since 1.11, saves it every 20 seconds, so all may be: a suite,
// then its projects, what is in them, and the assignments.
func importRounds(t *testing.T) int {
	if acctest.FindCLI(t).Tofu {
		return 4
	}
	return 1
}

// importBlocks are those of the errors, with the addresses of the configuration.
func importBlocks(out string) string {
	joined := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(out)), " ")
	blocks := ""
	for _, text := range strings.Split(joined, "Error: ")[1:] {
		if block, at := importType.FindStringSubmatch(text), blockedBy.FindStringSubmatch(text); block != nil && at != nil {
			blocks += fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", at[1], block[2])
		}
	}
	return blocks
}

// converge applies again, after a kill with the import block of the error, and
// compares the server with what the operation leaves without a fault.
func (w *workspace) converge(operation string, want []string) {
	w.Helper()
	again := operation
	if operation == "refresh" {
		again = "create"
	}
	compared := slices.Clone[[]string]
	out, err := w.try(args(again)...)
	w.proxy.deliver()
	imports := ""
	for range importRounds(w.T) {
		more := importBlocks(out)
		if err == nil || more == "" {
			break
		}
		imports += more
		w.write("import.tf", imports)
		out, err = w.try(args(again)...)
		compared = unversioned // on_unknown_secret rotated a secret that no client received
	}
	if err != nil {
		w.Fatalf("second apply: %v\n%s", err, out)
	}
	if again != "destroy" {
		plan := append([]string{"plan", "-detailed-exitcode"}, args(again)[3:]...)
		if out, err := w.try(plan...); err != nil {
			w.Errorf("the plan is not empty: %v\n%s", err, out)
		}
		w.sameListing("after the second apply", compared(w.listing()), compared(want))
		w.secretsWork()
		os.Remove(filepath.Join(w.dir, "import.tf"))
		w.must(append(args(again), "-destroy")...)
	}
	w.sameListing("after the destroy", w.listing(), w.before)
}

// secretsWork uses the secrets in the state.
func (w *workspace) secretsWork() {
	w.Helper()
	var state struct {
		Resources []struct {
			Type, Name string
			Instances  []struct{ Attributes map[string]any }
		}
	}
	content, err := os.ReadFile(filepath.Join(w.dir, "terraform.tfstate"))
	if err := errors.Join(err, json.Unmarshal(content, &state)); err != nil {
		w.Fatal(err)
	}
	for _, resource := range state.Resources {
		if resource.Type != "atm_application" || resource.Name != "machine" {
			continue
		}
		id, _ := resource.Instances[0].Attributes["client_id"].(string)
		if secret, _ := resource.Instances[0].Attributes["client_secret"].(string); !w.authenticates(id, secret) {
			w.Error("the client secret in the state is not accepted")
		}
	}
}
