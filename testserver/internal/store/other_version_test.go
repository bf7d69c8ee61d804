package store_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// TestOpen_RefusesATableThatIsNotThisVersions opens a store whose tables are
// those of another unreleased version, and one of before versions were told
// apart.
func TestOpen_RefusesATableThatIsNotThisVersions(t *testing.T) {
	t.Parallel()
	versions := map[string][]string{
		"another": {"UPDATE schema_fingerprint SET value = 'another'"},
		"before":  {"DROP TABLE schema_fingerprint", "DROP TABLE instance", "DELETE FROM goose_db_version WHERE version_id = 2"},
	}
	opened := func(t *testing.T, o store.Options) error {
		t.Helper()
		s, err := store.Open(t.Context(), o)
		if err == nil {
			err = s.Close()
		}
		return err
	}
	refused := func(t *testing.T, o store.Options, place string) {
		t.Helper()
		for range 2 { // the first refusal holds no lock
			err := opened(t, o)
			if !errors.Is(err, store.ErrOtherVersion) || !strings.Contains(err.Error(), place) {
				t.Errorf("got %v, want ErrOtherVersion with %q", err, place)
			}
		}
	}
	for name, statements := range versions {
		t.Run("file/"+name, func(t *testing.T) {
			t.Parallel()
			o := store.Options{DataDir: t.TempDir()}
			if err := opened(t, o); err != nil {
				t.Fatal(err)
			}
			db, err := sql.Open("sqlite", filepath.Join(o.DataDir, "atm.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			for _, s := range statements {
				if _, err := db.ExecContext(t.Context(), s); err != nil {
					t.Fatal(err)
				}
			}
			refused(t, o, o.DataDir)
		})
		t.Run("postgres/"+name, func(t *testing.T) {
			t.Parallel()
			o := store.Options{DatabaseURL: postgrestest.URL(t)}
			if err := opened(t, o); err != nil {
				t.Fatal(err)
			}
			conn, err := pgx.Connect(t.Context(), o.DatabaseURL)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close(t.Context()) }()
			for _, s := range statements {
				if _, err := conn.Exec(t.Context(), s); err != nil {
					t.Fatal(err)
				}
			}
			refused(t, o, "PostgreSQL")
		})
	}
}
