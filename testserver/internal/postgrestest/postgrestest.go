// Package postgrestest gives tests a place in a PostgreSQL server. It takes the server
// that ATM_TEST_DATABASE_URL names, or starts a throwaway cluster from the
// binaries that are installed, one for each test process, also as root. Where
// there is neither, tests are skipped, aloud; or they fail, where
// ATM_TEST_REQUIRE contains the word postgres. With -short they are skipped.
//
// It knows only PostgreSQL, nothing of what tests do with it.
package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	_ "github.com/tci-pf/terraform-provider-atm/testserver/postgres" // for the servers under test
)

// Environment variables that the package reads.
const (
	URLVariable     = "ATM_TEST_DATABASE_URL"
	RequireVariable = "ATM_TEST_REQUIRE"
)

// errNone says that there is no PostgreSQL on this machine.
var errNone = errors.New("neither " + URLVariable + " nor the programs initdb and postgres")

// server returns the URL of the server that all tests of the process use.
var server = sync.OnceValues(func() (string, error) {
	if given := os.Getenv(URLVariable); given != "" {
		return given, nil
	}
	c, err := startCluster()
	if err != nil {
		return "", err
	}
	held = c
	return c.url, nil
})

// held keeps the pipe of the process's keeper from being collected and closed.
var held *cluster //nolint:unused // it is there to be held, see above

// URL returns a connection URL for an empty schema of the test's own, which is
// dropped when the test ends. Making one takes a few milliseconds.
func URL(t testing.TB) string {
	t.Helper()
	name := newName()
	return create(t, "CREATE SCHEMA "+name, "DROP SCHEMA "+name+" CASCADE", func(u *url.URL) {
		query := u.Query()
		query.Set("search_path", name)
		u.RawQuery = query.Encode()
	})
}

// DatabaseURL returns a connection URL for an empty database of the test's
// own, for a test that closes it to others or ends all connections to it.
// Making one takes some hundred milliseconds, and the right to do it.
func DatabaseURL(t testing.TB) string {
	t.Helper()
	name := newName()
	return create(t, "CREATE DATABASE "+name, "DROP DATABASE "+name+" WITH (FORCE)", func(u *url.URL) {
		u.Path = "/" + name
	})
}

// ServerURL returns the connection URL of the server itself, for a test that
// administers the database of DatabaseURL.
func ServerURL(t testing.TB) string {
	t.Helper()
	notShort(t)
	base, err := server()
	if err != nil {
		missing(t, os.Stderr, err)
	}
	return base
}

// Cluster is a server of a test's own.
type Cluster struct{ cluster *cluster }

// Own starts a server that is the test's own, to be killed, and stops it when
// the test ends. It takes about a second, and needs the installed programs
// even with ATM_TEST_DATABASE_URL.
func Own(t testing.TB) *Cluster {
	t.Helper()
	notShort(t)
	c, err := startCluster()
	if err != nil {
		missing(t, os.Stderr, err)
	}
	t.Cleanup(func() {
		// The keeper's status is that of the server, which may have been killed.
		_ = c.stop()
	})
	return &Cluster{c}
}

// URL is the connection URL of its database postgres.
func (c *Cluster) URL() string { return c.cluster.url }

// Kill sends the server's first process a signal that ends it, KILL or QUIT,
// and waits until it does not respond any more. Its other processes end when
// they notice.
func (c *Cluster) Kill(t testing.TB, signal string) {
	t.Helper()
	if err := c.cluster.tell(signal); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(timeout); run(c.URL(), "SELECT 1") == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s does not end PostgreSQL", signal)
		}
	}
}

// Restart starts the server after Kill and waits until it responds.
func (c *Cluster) Restart(t testing.TB) {
	t.Helper()
	if err := c.cluster.await(); err != nil {
		t.Fatal(err)
	}
}

func notShort(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: it needs PostgreSQL")
	}
}

// missing ends a test that has no server.
func missing(t testing.TB, aloud io.Writer, err error) {
	t.Helper()
	if !errors.Is(err, errNone) || strings.Contains(os.Getenv(RequireVariable), "postgres") {
		t.Fatalf("PostgreSQL: %v", err)
		return
	}
	const message = "THIS TEST DID NOT RUN ON POSTGRESQL: there is "
	_, _ = fmt.Fprintf(aloud, "%s: %s%v\n", t.Name(), message, err)
	t.Skip(message, err)
}

func newName() string { return "atm_test_" + strings.ToLower(random.ClientID()) }

func create(t testing.TB, create, drop string, locate func(*url.URL)) string {
	t.Helper()
	base := ServerURL(t)
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("%s is not a URL", URLVariable) // the error would repeat a password
	}
	if err := run(base, create); err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
	t.Cleanup(func() {
		if err := run(base, drop); err != nil {
			t.Errorf("PostgreSQL: %v", err)
		}
	})
	locate(u)
	return u.String()
}

const timeout = 30 * time.Second

func run(base, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, base)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
