package main_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
)

// databaseKills are fewer than killRounds: each waits for PostgreSQL to start
// and to recover.
const databaseKills = 8

// TestProgram_ItsDatabaseKilledUnderLoadItTellsAndGoesOn kills PostgreSQL, by
// SIGKILL and by its own immediate shutdown in turn, while the program is under
// load, and starts it again under the same program.
func TestProgram_ItsDatabaseKilledUnderLoadItTellsAndGoesOn(t *testing.T) {
	t.Parallel()
	database := postgrestest.Own(t)
	p, r := start(t, nil, "--database-url", database.URL(), "--admin-client-secret", adminSecret, "--rate-limit", "off",
		"--seed", pagesSeed(t), "--log-level", "error")
	r.ClientSecret = adminSecret
	created, refreshed := 0, 0
	for round := range databaseKills {
		l := newLoad(r)
		l.run(t, round, func() { database.Kill(t, []string{"KILL", "QUIT"}[round%2]) })
		if status, body := get(t, r.Endpoint+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "the database does not respond") {
			t.Errorf("without its database: %d %s", status, body)
		}
		if status, _ := get(t, r.Endpoint+"/healthz"); status != http.StatusOK {
			t.Errorf("the process does not respond: %d", status)
		}
		database.Restart(t)
		awaitReady(t, r)
		l.check(t)
		c, n := l.confirmed()
		created, refreshed = created+c, refreshed+n
	}
	select {
	case <-p.exited:
		t.Fatal("the program has ended")
	default:
	}
	if created < databaseKills || refreshed < databaseKills {
		t.Fatalf("%d creations and %d refreshes were confirmed: too few to tell", created, refreshed)
	}
	t.Logf("%d creations and %d refreshes were confirmed before %d kills", created, refreshed, databaseKills)
	if strings.Contains(p.stderr.String(), adminSecret) {
		t.Error("the log holds a secret")
	}
}

func awaitReady(t *testing.T, r ready) {
	t.Helper()
	for deadline := time.Now().Add(startTimeout); ; time.Sleep(10 * time.Millisecond) {
		status, body := get(t, r.Endpoint+"/readyz")
		if status == http.StatusOK {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server does not recover: %d %s", status, body)
		}
	}
}
