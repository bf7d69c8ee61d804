package store_test

import (
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/random"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func TestOpen_MemoryIsADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	one, two := open(t, store.Options{}), open(t, store.Options{})
	suite := newSuite(t, one)
	_, err := two.Direct(t.Context()).Suite(suite.ID)
	wantError(t, err, store.ErrNotFound)
}

func TestOpen_FileAndPostgresKeepWhatWasWritten(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]func(*testing.T) store.Options{
		// A name that would end a file URI or a query.
		"file": func(t *testing.T) store.Options {
			return store.Options{DataDir: filepath.Join(t.TempDir(), "a b?c#d%41")}
		},
		"postgres": func(t *testing.T) store.Options { return store.Options{DatabaseURL: postgrestest.URL(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			first, err := store.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			suite := newSuite(t, first)
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			got, err := open(t, o).Direct(t.Context()).Suite(suite.ID)
			if err != nil || got != suite {
				t.Fatalf("read as %+v (%v), want %+v", got, err, suite)
			}
		})
	}
}

func TestOpen_DataDirIsLockedWhileItIsOpen(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	first := open(t, store.Options{DataDir: dir})
	_, err := store.Open(t.Context(), store.Options{DataDir: dir})
	if !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Fatalf("got %v, want ErrLocked with the directory", err)
	}
	newSuite(t, first) // undisturbed
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, store.Options{DataDir: dir})
}

func TestOpen_DataIsForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes do not protect files on Windows")
	}
	dir := filepath.Join(t.TempDir(), "made", "here")
	names := []string{"atm.db", "atm.db-wal", "atm.db-shm", "atm.lock"}
	modes := func() {
		t.Helper()
		for _, name := range append(names, ".") {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s has mode %s", name, info.Mode())
			}
		}
	}
	s, err := store.Open(t.Context(), store.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	newSuite(t, s)
	modes()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// Files of a run that was killed, made readable by a careless copy.
	for _, name := range names {
		file := filepath.Join(dir, name)
		if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(file, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	newSuite(t, open(t, store.Options{DataDir: dir}))
	modes()
}

func TestOpen_WrongOptions(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "atm.db"), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		options store.Options
		says    string
	}{
		"two stores":         {store.Options{DataDir: t.TempDir(), DatabaseURL: "postgres://localhost"}, "cannot be used together"},
		"another scheme":     {store.Options{DatabaseURL: "mysql://root:geheim@localhost"}, "postgres://"},
		"no URL":             {store.Options{DatabaseURL: "postgres://user:geheim@local host:x/"}, "libpq"},
		"a file":             {store.Options{DataDir: file}, file},
		"a file in the way":  {store.Options{DataDir: filepath.Join(file, "below")}, file},
		"something else":     {store.Options{DataDir: broken}, broken},
		"a database no more": {store.Options{DatabaseURL: "postgres://user:geheim@127.0.0.1:1/atm", StartTimeout: time.Millisecond}, "127.0.0.1:1"},
	} {
		s, err := store.Open(t.Context(), tt.options)
		if err == nil {
			_ = s.Close()
			t.Errorf("%s: opened", name)
			continue
		}
		if !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v, want it to name %q and no password", name, err, tt.says)
		}
	}
}

func TestOpen_PostgresThatDoesNotRespond(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	started := time.Now()
	_, err = store.Open(t.Context(), store.Options{
		DatabaseURL: "postgres://atm@" + silent.Addr().String() + "/atm", StartTimeout: 100 * time.Millisecond,
	})
	if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), silent.Addr().String()) {
		t.Fatalf("got %v, want ErrUnavailable with the address", err)
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Fatalf("it took %s to give up", took)
	}
}

func TestOpen_WaitsForPostgresThatIsNotUpYet(t *testing.T) {
	t.Parallel()
	database := postgrestest.Own(t)
	database.Kill(t, "QUIT")
	go func() {
		time.Sleep(time.Second)
		database.Restart(t)
	}()
	open(t, store.Options{DatabaseURL: database.URL(), StartTimeout: time.Minute})
}

func TestOpen_WaitsForNoPostgresThatRefuses(t *testing.T) {
	t.Parallel()
	database := postgrestest.Own(t)
	u, err := url.Parse(database.URL())
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/no_such_database"
	started := time.Now()
	_, err = store.Open(t.Context(), store.Options{DatabaseURL: u.String(), StartTimeout: time.Minute})
	if took := time.Since(started); err == nil || took > 30*time.Second {
		t.Errorf("after %s: %v", took, err)
	}
}

func TestOpen_ReplicasThatStartAtOnceMigrateOnce(t *testing.T) {
	t.Parallel()
	url := postgrestest.URL(t)
	stores := make([]*store.Store, 4)
	var wg sync.WaitGroup
	for i := range stores {
		wg.Go(func() {
			s, err := store.Open(t.Context(), store.Options{DatabaseURL: url, MaxConnections: 3})
			if err != nil {
				t.Error(err)
				return
			}
			stores[i] = s
			t.Cleanup(func() { _ = s.Close() })
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	suite := newSuite(t, stores[0])
	for _, s := range stores {
		if got, err := s.Direct(t.Context()).Suite(suite.ID); err != nil || got != suite {
			t.Errorf("a replica reads %+v (%v)", got, err)
		}
	}
}

func TestClose_EndsTheStore(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	err = s.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.CreateSuite(store.Suite{ID: random.ID(), Name: "x"}, now)
		return err
	})
	wantError(t, err, store.ErrClosed)
	wantError(t, s.Ping(t.Context()), store.ErrClosed)
	if err := s.Close(); err != nil {
		t.Fatalf("closed again: %v", err)
	}
}
