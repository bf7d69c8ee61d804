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

// TestOpen_RefusesWhatANewerProgramWrote gives a store a migration that this
// program does not have.
func TestOpen_RefusesWhatANewerProgramWrote(t *testing.T) {
	t.Parallel()
	const newer = "INSERT INTO goose_db_version (version_id, is_applied) VALUES (424242, true)"
	refused := func(t *testing.T, o store.Options, place string) {
		t.Helper()
		s, err := store.Open(t.Context(), o)
		if err == nil {
			_ = s.Close()
			t.Fatal("opened")
		}
		for _, says := range []string{place, "newer version", "424242"} {
			if !strings.Contains(err.Error(), says) {
				t.Errorf("%v does not name %q", err, says)
			}
		}
		if !errors.Is(err, store.ErrNewer) {
			t.Errorf("%v is not ErrNewer", err)
		}
	}
	closed := func(t *testing.T, o store.Options) {
		t.Helper()
		s, err := store.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("file", func(t *testing.T) {
		t.Parallel()
		o := store.Options{DataDir: t.TempDir()}
		closed(t, o)
		db, err := sql.Open("sqlite", filepath.Join(o.DataDir, "atm.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(t.Context(), newer); err != nil {
			t.Fatal(err)
		}
		refused(t, o, o.DataDir)
		refused(t, o, o.DataDir) // the first refusal holds no lock
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		o := store.Options{DatabaseURL: postgrestest.URL(t)}
		closed(t, o)
		conn, err := pgx.Connect(t.Context(), o.DatabaseURL)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(t.Context()) }()
		if _, err := conn.Exec(t.Context(), newer); err != nil {
			t.Fatal(err)
		}
		refused(t, o, "PostgreSQL")
	})
}
