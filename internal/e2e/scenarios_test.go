package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	goversion "github.com/hashicorp/go-version"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
)

// scenario is a directory of examples/scenarios.
type scenario struct {
	needs   string   // program that the configuration starts
	changed []string // arguments of a second apply, which changes something
	check   func(t *testing.T, w *workspace)
}

// Each scenario does, as it is in the repository, what its first line says: it is
// applied, planned empty and destroyed.
func TestScenarios_AreAppliedPlannedEmptyAndDestroyed(t *testing.T) {
	t.Parallel()
	scenarios := map[string]scenario{
		"team":    {check: tenApplications},
		"gateway": {check: gatewayFiles},
		"pipeline": {needs: "curl", changed: []string{"-var=release=2"}, check: func(t *testing.T, w *workspace) {
			for _, file := range files(t, w.dir) {
				if jwt.MatchString(w.readRaw(file)) {
					t.Errorf("%s has a token", filepath.Base(file))
				}
			}
			if w.server.CountRequests("POST", "/auth/revoke") == 0 {
				t.Error("no token was revoked")
			}
		}},
		"rotation": {changed: []string{"-var=quarter=2027-1"}, check: func(t *testing.T, w *workspace) {
			wantText(t, w.must("output", "-raw", "secret_version"), "2")
		}},
		"module": {}, // which is no configuration of its own: TestScenarios_ModuleIsTested
	}
	for _, name := range directories(t, "scenarios") {
		s, listed := scenarios[name]
		if !listed {
			t.Errorf("examples/scenarios/%s is not tested", name)
		}
		if s.check == nil {
			continue
		}
		t.Run(name, func(t *testing.T) { s.run(t, name) })
	}
}

func (s scenario) run(t *testing.T, name string) {
	w := openExample(t, "scenarios/"+name)
	if _, err := exec.LookPath(s.needs); s.needs != "" && err != nil {
		t.Skipf("there is no %s", s.needs)
	}
	w.must("plan", "-out=plan.bin")
	w.must("apply", "plan.bin")
	w.wantNoChanges("after the apply")
	if s.changed != nil {
		w.must(append([]string{"apply", "-auto-approve"}, s.changed...)...)
		if out, err := w.try(append([]string{"plan", "-detailed-exitcode"}, s.changed...)...); err != nil {
			t.Errorf("after the change, the plan is not empty: %v\n%s", err, out)
		}
	}
	s.check(t, w)
	w.must("destroy", "-auto-approve")
	// Terraform indents the state, OpenTofu does not.
	wantText(t, strings.ReplaceAll(w.read("terraform.tfstate"), " ", ""), `"resources":[]`)
}

// texts is an output that is a map of strings.
func (w *workspace) texts(output string) map[string]string {
	w.t.Helper()
	var texts map[string]string
	if err := json.Unmarshal([]byte(w.must("output", "-json", output)), &texts); err != nil {
		w.t.Fatal(err)
	}
	return texts
}

func tenApplications(t *testing.T, w *workspace) {
	ids := w.texts("client_ids")
	if len(ids) != 10 {
		t.Errorf("the team has %d applications, want 10", len(ids))
	}
}

// identifier is what a rule of the gateway compares with: a key id, an audience.
var identifier = regexp.MustCompile(`-m str (-- )?\S(\S{20,})`)

// gatewayFiles starts the gateway's own check of its configuration, where HAProxy is.
func gatewayFiles(t *testing.T, w *workspace) {
	keys := w.texts("keys")
	if len(keys) == 0 {
		t.Fatal("the gateway has no key")
	}
	if err := os.Mkdir(filepath.Join(w.dir, "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, pem := range keys {
		w.write(filepath.Join("keys", name), pem)
	}
	w.write("haproxy.cfg", "defaults\n  mode http\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\nfrontend api\n  bind 127.0.0.1:1\n"+
		// One of 64 begins with "-", which HAProxy takes for an option.
		identifier.ReplaceAllString(w.must("output", "-raw", "haproxy"), "-m str $1-$2")+"\n  http-request return status 200\n")
	haproxy, err := exec.LookPath("haproxy")
	if err != nil {
		t.Log("the gateway's configuration was not checked: there is no haproxy")
		return
	}
	check := exec.CommandContext(t.Context(), haproxy, "-c", "-f", "haproxy.cfg")
	check.Dir = w.dir
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("haproxy -c: %v\n%s", err, out)
	}
}

// The module's own tests pass: the mocked ones without an ATM, all of them with one.
func TestScenarios_ModuleIsTested(t *testing.T) {
	w := openExample(t, "scenarios/module")
	wantText(t, w.must("test"), "5 passed, 0 failed")
	w.environ = slices.DeleteFunc(w.environ, func(variable string) bool { return strings.HasPrefix(variable, "ATM_") })
	wantText(t, w.must("test", "-filter=tests/mocked.tftest.hcl"), "2 passed, 0 failed")
}

// The README's configuration is applied as it is there, and its own commands are
// those that the checks of a change call.
func TestReadme_IsTrue(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, config, found := strings.Cut(string(readme), "```terraform\n")
	config, _, ends := strings.Cut(config, "```\n")
	if !found || !ends {
		t.Fatal("README.md has no configuration")
	}
	checks, err := os.ReadFile("../../.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"\nmake demo", "\nmake test"} {
		wantText(t, string(readme), command+" ")
		wantText(t, string(checks), command+"\n")
	}
	w := open(t, "")
	w.write("main.tf", config)
	w.must("apply", "-auto-approve")
	w.wantNoChanges("after the apply")
	w.must("destroy", "-auto-approve")
}

// openExample makes a workspace with a copy of a directory of examples. It skips what needs a newer CLI.
func openExample(t *testing.T, name string) *workspace {
	t.Helper()
	w := open(t, "")
	from := filepath.Join("..", "..", "examples", filepath.FromSlash(name))
	content, err := os.ReadFile(filepath.Join(from, "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	cli := acctest.FindCLI(t)
	need := needs(cli, string(content))
	if need != nil && cli.Tofu {
		need = goversion.Must(goversion.NewVersion("1.11")) // OpenTofu's first with ephemeral resources
	}
	if need != nil && cli.Version.Core().LessThan(need) {
		t.Skipf("%s needs %s %s, here is %s", name, filepath.Base(cli.Path), need, cli.Version)
	}
	if err := os.Remove(filepath.Join(w.dir, "main.tf")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(w.dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	dir, err := plugins()
	if err != nil {
		t.Fatal(err)
	}
	w.must("init", "-plugin-dir="+dir) // again: the modules of tests
	return w
}

// directories are the names of those in a directory of examples.
func directories(t *testing.T, name string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join("..", "..", "examples", name))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
