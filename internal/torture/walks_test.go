package torture_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// walker is the test binary of package testserver. make torture builds it;
// without it there are no walks, which make test runs in their own package.
var walker = flag.String("walker", "", "the test binary of package testserver, for the walks of a suite admin; empty leaves them out")

// walkSteps are the steps of each walk, divided by every.
const walkSteps = 10_000

var (
	walksMu sync.Mutex
	walks   []string // what each run printed about itself
)

// testWalks lets a suite admin call the management API at random, and tests
// each operation with each role, on each store (testserver/walk_test.go,
// access_test.go).
func testWalks(t *testing.T) {
	if *walker == "" {
		return
	}
	t.Parallel()
	for store, variable := range map[string]string{"sqlite": "ATM_TEST_STORE=memory", "postgresql": "ATM_TEST_STORE=postgres"} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), *walker, "-test.run=^(TestWalk|TestAccess)_", "-test.v", "-test.timeout=55m")
			cmd.Dir = "../../testserver"
			cmd.Env = append(os.Environ(), variable, fmt.Sprintf("ATM_TEST_WALK_STEPS=%d", max(1, walkSteps / *every)))
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			found := summarize(string(out))
			if len(found) == 0 && !t.Failed() {
				t.Errorf("the run says nothing of its walks:\n%s", out)
			}
			walksMu.Lock()
			defer walksMu.Unlock()
			for _, line := range found {
				walks = append(walks, fmt.Sprintf("| %s | %s |", store, line))
			}
			if t.Failed() {
				failed = append(failed, strings.TrimPrefix(t.Name(), "TestTorture/"))
			}
		})
	}
}

var (
	testName = regexp.MustCompile(`^=== (?:NAME|CONT|RUN) +(\S+)|^ *--- (PASS|FAIL|SKIP): (\S+)`)
	logged   = regexp.MustCompile(`^ +\w+_test\.go:\d+: (\d+ (?:steps|cells)\b.*)`)
)

// summarize reads what go test -v prints: name, result and the line with the
// number of steps or cells of each test that has one.
func summarize(out string) (lines []string) {
	name, said, result := "", map[string]string{}, map[string]string{}
	var order []string
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\n")
		if m := testName.FindStringSubmatch(line); m != nil {
			if name = m[1]; m[3] != "" {
				name = m[3]
				result[name] = m[2]
				order = append(order, name)
			}
		}
		if m := logged.FindStringSubmatch(line); m != nil {
			said[name] = m[1]
		}
	}
	for _, name := range order {
		text, counted := said[name]
		if !counted && result[name] == "PASS" {
			continue // a parent
		}
		_, short, _ := strings.Cut(name, "_")
		lines = append(lines, fmt.Sprintf("%s | %s | %s", short, result[name], text))
	}
	return lines
}
