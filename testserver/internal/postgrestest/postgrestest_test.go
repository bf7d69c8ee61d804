package postgrestest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
)

func TestURL_EachCallIsAnEmptyDatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	for range 2 {
		conn, err := pgx.Connect(t.Context(), postgrestest.URL(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close(t.Context()) })
		// The second fails where both are one database.
		if _, err := conn.Exec(t.Context(), "CREATE TABLE mine (x BIGINT)"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestURL_DatabaseIsDroppedWithTheTest(t *testing.T) {
	t.Parallel()
	var url string
	t.Run("inner", func(t *testing.T) { url = postgrestest.URL(t) })
	if url == "" {
		t.Skip("THIS TEST DID NOT RUN ON POSTGRESQL")
	}
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		_ = conn.Close(t.Context())
		t.Fatal("the database outlives its test")
	}
}
