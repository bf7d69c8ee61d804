package testserver_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
)

// instanceOf is what GET /api/v1/me returns as instanceId.
func instanceOf(ctx context.Context, t testing.TB, s *testserver.Server) string {
	t.Helper()
	token, err := s.Admin().Token(ctx)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/api/v1/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var me struct{ InstanceID, ClientID, Email, Role string }
	if err := json.NewDecoder(resp.Body).Decode(&me); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d: %v", resp.StatusCode, err)
	}
	if me.ClientID != s.Admin().ClientID || me.Email != s.Admin().LoginID || me.Role != "super_admin" {
		t.Errorf("the caller is %+v", me)
	}
	return me.InstanceID
}

func TestInstance_IsTheStoresAndStaysAtReset(t *testing.T) {
	t.Parallel()
	one, two := testserver.Start(t), testserver.Start(t)
	id := instanceOf(t.Context(), t, one)
	if len(id) < 8 || id == instanceOf(t.Context(), t, two) {
		t.Errorf("two servers have the ids %q and %q", id, instanceOf(t.Context(), t, two))
	}
	if err := one.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := instanceOf(t.Context(), t, one); got != id {
		t.Errorf("after a reset it is %q, before %q", got, id)
	}
}

func TestInstance_OptionAndSeed(t *testing.T) {
	t.Parallel()
	const seed = "instanceId: from-the-seed\n"
	for want, opts := range map[string][]testserver.Option{
		"from-the-seed":   {testserver.WithSeed(seed)},
		"from-the-option": {testserver.WithSeed(seed), testserver.WithInstanceID("from-the-option")},
	} {
		s := testserver.Start(t, opts...)
		for range 2 {
			if got := instanceOf(t.Context(), t, s); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if err := s.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, bad := range []string{"", "short", "with space", "ümlaut-id"} {
		if _, err := testserver.New(testserver.WithInstanceID(bad)); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestInstance_CopiesAndReplicasOfAStoreShareIt(t *testing.T) {
	t.Parallel()
	admin := testserver.Admin{ClientSecret: "a-secret-that-is-the-same-for-all-0123456789"}
	t.Run("copies of a file", func(t *testing.T) {
		t.Parallel()
		dir, copied := t.TempDir(), filepath.Join(t.TempDir(), "copy")
		first, err := testserver.New(testserver.WithDataDir(dir), testserver.WithAdmin(admin))
		if err != nil {
			t.Fatal(err)
		}
		id := instanceOf(t.Context(), t, first)
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		for _, at := range []string{dir, copied} {
			if got := instanceOf(t.Context(), t, testserver.Start(t, testserver.WithDataDir(at), testserver.WithAdmin(admin))); got != id {
				t.Errorf("%s: got %q, want %q", at, got, id)
			}
		}
	})
	t.Run("replicas", func(t *testing.T) {
		t.Parallel()
		url := postgrestest.URL(t)
		one := testserver.Start(t, testserver.WithDatabaseURL(url), testserver.WithAdmin(admin))
		two := testserver.Start(t, testserver.WithDatabaseURL(url), testserver.WithAdmin(admin))
		if a, b := instanceOf(t.Context(), t, one), instanceOf(t.Context(), t, two); a != b {
			t.Errorf("replicas have %q and %q", a, b)
		}
	})
}
