package testserver_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
)

// admit opens or closes a database, and ends its connections when it closes.
func admit(t *testing.T, database string, allowed bool) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	conn, err := pgx.Connect(t.Context(), postgrestest.ServerURL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if _, err := conn.Exec(t.Context(), fmt.Sprintf("ALTER DATABASE %s ALLOW_CONNECTIONS %t", name, allowed)); err != nil {
		t.Fatal(err)
	}
	if allowed {
		return
	}
	if _, err := conn.Exec(t.Context(), "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", name); err != nil {
		t.Fatal(err)
	}
}

func TestServer_LivesThroughAnOutageOfItsDatabase(t *testing.T) {
	t.Parallel()
	database := postgrestest.DatabaseURL(t)
	s := testserver.Start(t, testserver.WithDatabaseURL(database), testserver.WithSeed(seeded))
	token, err := s.Admin().Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	admit(t, database, false)
	unavailable := func(method, path, body, has string) {
		t.Helper()
		got := send(t.Context(), t, s, method, path, body, "Authorization", "Bearer "+token)
		if got.status != http.StatusServiceUnavailable || !strings.Contains(string(got.body), has) {
			t.Errorf("%s %s: %d %s", method, path, got.status, got.body)
		}
		if path != "/readyz" && got.header.Get("Retry-After") == "" {
			t.Errorf("%s %s does not say when to try again", method, path)
		}
	}
	unavailable(http.MethodGet, "/readyz", "", "the database does not respond")
	unavailable(http.MethodGet, "/api/v1/suites", "", "urn:atm:problem:unavailable")
	unavailable(http.MethodPost, "/api/v1/suites", `{"name":"Later"}`, "urn:atm:problem:unavailable")
	basic := send(t.Context(), t, s, http.MethodPost, "/auth/token", workerSignIn)
	if basic.status != http.StatusServiceUnavailable || basic.field("error") != "temporarily_unavailable" {
		t.Errorf("sign-in: %d %s", basic.status, basic.body)
	}
	if got := send(t.Context(), t, s, http.MethodGet, "/healthz", ""); got.status != http.StatusOK {
		t.Errorf("the process does not respond: %d", got.status)
	}

	admit(t, database, true)
	signIn(t, s)
	if got := asked(t, s, token); got.status != http.StatusOK {
		t.Errorf("after the outage: %d %s", got.status, got.body)
	}
	if got := send(t.Context(), t, s, http.MethodGet, "/readyz", ""); got.status != http.StatusOK {
		t.Errorf("after the outage: %d %s", got.status, got.body)
	}
}
