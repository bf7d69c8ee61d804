package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// elsewhere connects to the server of a test's database, but to another
// database.
func elsewhere(t *testing.T, base string) (conn *pgx.Conn, database string) {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	conn, err = pgx.Connect(t.Context(), postgrestest.ServerURL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn, strings.TrimPrefix(u.Path, "/")
}

func terminate(t *testing.T, conn *pgx.Conn, database string) {
	t.Helper()
	var n int
	err := conn.QueryRow(t.Context(), `SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
		WHERE datname = $1`, database).Scan(&n)
	if err != nil || n == 0 {
		t.Fatalf("terminated %d connections (%v)", n, err)
	}
}

func TestOutage_ARestartOfPostgresIsNotNoticed(t *testing.T) {
	t.Parallel()
	base := postgrestest.DatabaseURL(t)
	s := open(t, store.Options{DatabaseURL: base})
	conn, database := elsewhere(t, base)
	suite := newSuite(t, s)
	for name, use := range map[string]func() error{
		"write": func() error {
			return s.Write(t.Context(), func(tx *store.Tx) error {
				_, err := tx.CreateSuite(store.Suite{ID: random.ID(), Name: named("suite")}, now)
				return err
			})
		},
		"read": func() error {
			return s.Read(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Suite(suite.ID)
				return err
			})
		},
		"direct read": func() error {
			_, err := s.Direct(t.Context()).Suite(suite.ID)
			return err
		},
	} {
		together(8, func(int) { _ = s.Ping(t.Context()) }) // several connections
		terminate(t, conn, database)
		if err := use(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOutage_ATransactionThatLosesItsConnectionRunsAgain(t *testing.T) {
	t.Parallel()
	base := postgrestest.DatabaseURL(t)
	s := open(t, store.Options{DatabaseURL: base})
	conn, database := elsewhere(t, base)
	runs := 0
	id := random.ID()
	write(t, s, func(tx *store.Tx) error {
		if _, err := tx.CreateSuite(store.Suite{ID: id, Name: "suite"}, now); err != nil {
			return err
		}
		if runs++; runs == 1 {
			terminate(t, conn, database)
		}
		_, err := tx.Suite(id)
		return err
	})
	if runs != 2 {
		t.Fatalf("the function ran %d times, want 2", runs)
	}
	if _, err := s.Direct(t.Context()).Suite(id); err != nil {
		t.Fatal(err)
	}
}

func TestOutage_IsToldAndEnds(t *testing.T) {
	t.Parallel()
	base := postgrestest.DatabaseURL(t)
	s := open(t, store.Options{DatabaseURL: base})
	conn, database := elsewhere(t, base)
	allow := func(allowed bool) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), fmt.Sprintf("ALTER DATABASE %s ALLOW_CONNECTIONS %v", database, allowed)); err != nil {
			t.Fatal(err)
		}
	}
	allow(false)
	terminate(t, conn, database)
	uses := map[string]func() error{
		"ping":   func() error { return s.Ping(t.Context()) },
		"write":  func() error { return s.Write(t.Context(), func(*store.Tx) error { return nil }) },
		"read":   func() error { return s.Read(t.Context(), func(*store.Tx) error { return nil }) },
		"direct": func() error { return s.Direct(t.Context()).ReleaseLease("l", "h") },
	}
	for name, use := range uses {
		if err := use(); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s during the outage: %v, want ErrUnavailable", name, err)
		}
	}
	allow(true)
	for name, use := range uses {
		if err := use(); err != nil {
			t.Errorf("%s after the outage: %v", name, err)
		}
	}
}

const crashDir = "ATM_STORE_TEST_CRASH_DIR"

// TestCrash_Writer is the process that TestCrash_… kills: it tells each id
// once it is stored.
func TestCrash_Writer(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		t.Skip("runs as a child of TestCrash_AKilledProcessLosesNothingConfirmed")
	}
	s := open(t, store.Options{DataDir: dir})
	for {
		suite := newSuite(t, s)
		write(t, s, func(tx *store.Tx) error {
			_, err := tx.UpdateSuite(store.Suite{ID: suite.ID, Name: suite.ID}, now)
			return err
		})
		fmt.Println("stored", suite.ID)
	}
}

func TestCrash_AKilledProcessLosesNothingConfirmed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	told := map[string]bool{}
	for round := range 5 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestCrash_Writer$", "-test.v")
		child.Env = append(os.Environ(), crashDir+"="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		n := 0
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if id, ok := strings.CutPrefix(lines.Text(), "stored "); ok {
				told[id] = true
				n++
			}
			if n == 10+round { // Kill is SIGKILL; what is in the pipe still counts
				_ = child.Process.Kill()
			}
		}
		_ = child.Wait() // "signal: killed"
		cancel()
		if n < 10 {
			t.Fatalf("round %d: the writer told %d ids", round, n)
		}
		// The lock went with the process: this opens at once.
		s, err := store.Open(t.Context(), store.Options{DataDir: dir})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		for id := range told {
			if suite, err := s.Direct(t.Context()).Suite(id); err != nil || suite.Name != id {
				t.Errorf("round %d: %s is %+v (%v)", round, id, suite, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOutage_ARowThatStaysLockedIsUnavailable(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(postgrestest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("lock_timeout", "20ms")
	u.RawQuery = query.Encode()
	s := open(t, store.Options{DatabaseURL: u.String()})
	suite := newSuite(t, s)
	write(t, s, func(tx *store.Tx) error {
		if _, err := tx.SuiteForUpdate(suite.ID); err != nil {
			return err
		}
		err := s.Write(t.Context(), func(other *store.Tx) error {
			_, err := other.SuiteForUpdate(suite.ID)
			return err
		})
		wantError(t, err, store.ErrUnavailable)
		return nil
	})
}
