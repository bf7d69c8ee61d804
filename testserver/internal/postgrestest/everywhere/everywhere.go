// Package everywhere is imported by test packages for what it does: with
// ATM_TEST_STORE=postgres, every server that a test starts without naming a
// store has a PostgreSQL schema of its own. So a suite that was written once
// runs on both stores.
package everywhere

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/teststore"
)

// Variable names the environment variable.
const Variable = "ATM_TEST_STORE"

const postgres = "postgres"

func init() {
	switch store := os.Getenv(Variable); store {
	case "", "memory":
	case postgres:
		teststore.DatabaseURL = postgrestest.URL
	default:
		panic(Variable + " is neither memory nor " + postgres)
	}
}

// RunAgain runs the tests of this process's package once more, on PostgreSQL,
// in a process of their own. skip is a pattern of those to which the store is
// nothing, or that run there anyway.
func RunAgain(t *testing.T, skip string) {
	t.Helper()
	if os.Getenv(Variable) == postgres {
		t.Skip("this is the run on PostgreSQL")
	}
	server := postgrestest.ServerURL(t)
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^Test", "-test.skip="+skip, "-test.v", "-test.timeout=5m")
	again.Env = append(os.Environ(), Variable+"="+postgres, postgrestest.URLVariable+"="+server)
	out, err := again.CombinedOutput()
	passed := strings.Count(string(out), "\n--- PASS: ")
	if err != nil || passed == 0 {
		t.Errorf("on PostgreSQL: %v\n%s", err, failures(string(out)))
	}
	t.Logf("%d tests passed on PostgreSQL", passed)
}

// failures leaves out what passed.
func failures(out string) string {
	var lines []string
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(strings.TrimSpace(line), "=== ") && !strings.Contains(line, "--- PASS") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}
