package postgrestest_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
)

// kinds are the ways to have a place of one's own.
var kinds = map[string]func(testing.TB) string{"schema": postgrestest.URL, "database": postgrestest.DatabaseURL}

func TestEachCallIsAnEmptyPlaceOfItsOwn(t *testing.T) {
	t.Parallel()
	for name, url := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 2 {
				conn, err := pgx.Connect(t.Context(), url(t))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
				// The second fails where both are one place.
				if _, err := conn.Exec(t.Context(), "CREATE TABLE mine (x BIGINT)"); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestEachPlaceIsDroppedWithItsTest(t *testing.T) {
	t.Parallel()
	for name, url := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var place string
			t.Run("inner", func(t *testing.T) { place = url(t) })
			if place == "" {
				t.Skip("THIS TEST DID NOT RUN ON POSTGRESQL")
			}
			conn, err := pgx.Connect(t.Context(), place)
			if err != nil {
				return // the database is gone
			}
			defer func() { _ = conn.Close(t.Context()) }()
			if _, err := conn.Exec(t.Context(), "CREATE TABLE mine (x BIGINT)"); err == nil {
				t.Fatal("the place outlives its test")
			}
		})
	}
}

func TestOwn_KeepsThroughKillsWhatWasCommitted(t *testing.T) {
	t.Parallel()
	c := postgrestest.Own(t)
	exec := func(statement string) error {
		conn, err := pgx.Connect(t.Context(), c.URL())
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(t.Context()) }()
		_, err = conn.Exec(t.Context(), statement)
		return err
	}
	if err := exec("CREATE TABLE kept (x BIGINT)"); err != nil {
		t.Fatal(err)
	}
	for _, signal := range []string{"KILL", "QUIT"} {
		c.Kill(t, signal)
		if exec("SELECT 1") == nil {
			t.Errorf("%s does not end it", signal)
		}
		c.Restart(t)
		if err := exec("INSERT INTO kept VALUES (1)"); err != nil {
			t.Errorf("after %s: %v", signal, err)
		}
	}
}
