// Package postgrestest gives tests a PostgreSQL database. It takes the server
// that ATM_TEST_DATABASE_URL names, or starts a throwaway cluster from the
// binaries that are installed, one for each test process, also as root. Where
// there is neither, tests are skipped, aloud; or they fail, where
// ATM_TEST_REQUIRE contains the word postgres.
//
// It knows PostgreSQL alone, nothing of what tests do with it.
package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
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
	return startCluster()
})

// URL returns a connection URL for an empty database of the test's own, which
// is dropped when the test ends.
func URL(t testing.TB) string {
	t.Helper()
	base, err := server()
	if errors.Is(err, errNone) && !strings.Contains(os.Getenv(RequireVariable), "postgres") {
		const message = "THIS TEST DID NOT RUN ON POSTGRESQL: "
		fmt.Fprintf(os.Stderr, "%s: %s%v\n", t.Name(), message, err)
		t.Skip(message, err)
	}
	if err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
	u, drop, err := create(base)
	if err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
	t.Cleanup(func() {
		if err := drop(); err != nil {
			t.Errorf("PostgreSQL: %v", err)
		}
	})
	return u
}

const timeout = 30 * time.Second

// create makes a database, or where the role may not, a schema.
func create(base string) (string, func() error, error) {
	u, err := url.Parse(base)
	if err != nil {
		return "", nil, errors.New(URLVariable + " is not a URL") // the error would repeat a password
	}
	name := "atm_test_" + strings.ToLower(random.ClientID())
	create, drop := "CREATE DATABASE "+name, "DROP DATABASE "+name+" WITH (FORCE)"
	err = run(base, create)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42501" { // insufficient_privilege
		create, drop = "CREATE SCHEMA "+name, "DROP SCHEMA "+name+" CASCADE"
		err = run(base, create)
		query := u.Query()
		query.Set("search_path", name)
		u.RawQuery = query.Encode()
	} else {
		u.Path = "/" + name
	}
	if err != nil {
		return "", nil, err
	}
	return u.String(), func() error { return run(base, drop) }, nil
}

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
