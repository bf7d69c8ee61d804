package testserver_test

import (
	"os"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest/everywhere"
)

// TestStores_TheSuiteRunsOnPostgreSQLToo leaves out what is on PostgreSQL
// anyway, and what other programs do, which see no store.
func TestStores_TheSuiteRunsOnPostgreSQLToo(t *testing.T) {
	t.Parallel()
	everywhere.RunAgain(t, "^TestReplicas_|^TestNew_|_LivesThroughAnOutage|^TestCORS_|^TestSnippets_|SpeaksTLS|_LetsGoOf|_BodiesMadeToHurt|_StalledBodies|_FaultsBreakHTTP2|ThatSaysNothing")
}

func TestStores_AServerIsWhereTheSuiteRuns(t *testing.T) {
	t.Parallel()
	want := os.Getenv(everywhere.Variable) == "postgres"
	if got := testserver.Start(t).OnPostgreSQL(); got != want {
		t.Errorf("on PostgreSQL: %t, want %t", got, want)
	}
	if testserver.Start(t, testserver.WithDataDir(t.TempDir())).OnPostgreSQL() {
		t.Error("the store that a test names is not the one that it gets")
	}
}
