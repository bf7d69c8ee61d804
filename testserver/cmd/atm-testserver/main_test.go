package main_test

import (
	"database/sql"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

func TestProgram_PrintsLinesThatAShellTakes(t *testing.T) {
	t.Parallel()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("SKIPPED: there is no POSIX shell on this machine")
	}
	for format, lines := range map[string]int{"": 4, "env": 1} {
		p := launch(t, nil, "--print", format)
		var printed strings.Builder
		for range lines {
			printed.WriteString(p.line(t) + "\n")
		}
		out, err := exec.CommandContext(t.Context(), sh, "-c",
			`eval "$0"; printf '%s\n' "$ATM_ENDPOINT" "$ATM_CLIENT_ID" "$ATM_CLIENT_SECRET" "$ATM_LOGIN_ID"; env | grep -c '^ATM_LOGIN_ID='`,
			printed.String()).Output()
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Split(strings.TrimSpace(string(out)), "\n")
		if len(got) != 5 || got[4] != "1" {
			t.Fatalf("format %q: the shell has %d values", format, len(got))
		}
		signIn(t, ready{Endpoint: got[0], ClientID: got[1], ClientSecret: got[2], LoginID: got[3]})
	}
}

func TestProgram_PrintsThePublicURLAsTheEndpoint(t *testing.T) {
	t.Parallel()
	const public = "https://sso.example.com/atm"
	if _, r := start(t, nil, "--public-url", public); r.Endpoint != public {
		t.Errorf("ATM_ENDPOINT is %s, want %s", r.Endpoint, public)
	}
}

func TestProgram_TakesAnInstanceID(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]struct{ env, args []string }{
		"variable": {env: []string{"ATM_TESTSERVER_INSTANCE_ID=nightly-ci"}},
		"flag":     {args: []string{"--instance-id", "nightly-ci"}},
	} {
		_, r := start(t, way.env, way.args...)
		token := signIn(t, r).AccessToken
		status, body, err := call(t.Context(), http.DefaultClient, http.MethodGet, r.Endpoint+"/api/v1/me", token, "")
		if err != nil || status != http.StatusOK || !strings.Contains(string(body), `"instanceId":"nightly-ci"`) {
			t.Errorf("%s: %d %s %v", name, status, body, err)
		}
	}
}

func TestProgram_DoesNotPrintASecretThatItWasGiven(t *testing.T) {
	t.Parallel()
	const secret = "480nulBeBGqJDoAOADC0CW2frGTDVEmq"
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, way := range map[string]struct{ env, args []string }{
		"variable": {env: []string{"ATM_TESTSERVER_ADMIN_CLIENT_SECRET=" + secret}},
		"file":     {args: []string{"--admin-client-secret-file", file}},
		"flag":     {args: []string{"--admin-client-secret", secret}},
	} {
		p, r := start(t, way.env, append(way.args, "--admin-client-id", "terraform", "--admin-login-id", "root@example.com",
			"--log-level", "debug")...)
		if r.ClientSecret != "" || r.ClientID != "terraform" || r.LoginID != "root@example.com" {
			t.Errorf("%s: prints client id %s, login id %s, a secret: %t", name, r.ClientID, r.LoginID, r.ClientSecret != "")
		}
		r.ClientSecret = secret
		signIn(t, r)
		if strings.Contains(p.stderr.String(), secret) {
			t.Errorf("%s: the log holds the secret", name)
		}
	}
}

func TestProgram_ReadsASeedFromStandardInput(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"instanceId: nightly-ci\n":            "",
		"suites:\n  - name: Shop\n    x: 1\n": `seed:3:5: unknown field "x"`,
	} {
		p := launch(t, nil, "--seed", "-", "--print", "json")
		if _, err := io.WriteString(p.stdin, text); err != nil {
			t.Fatal(err)
		}
		if err := p.stdin.Close(); err != nil {
			t.Fatal(err)
		}
		if want == "" {
			p.line(t)
			continue
		}
		if status := p.exit(t); status != 1 || !strings.Contains(p.stderr.String(), want) {
			t.Errorf("exit status %d: %s", status, p.stderr)
		}
	}
}

func TestProgram_SaysWhatStopsItsStart(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	dir := t.TempDir()
	start(t, nil, "--data-dir", dir)
	seed := filepath.Join(t.TempDir(), "seed.yaml")
	if err := os.WriteFile(seed, []byte("suites:\n  - name: Shop\n    projekts: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		env    []string
		args   []string
		status int
		want   []string
	}{
		"port taken":       {nil, []string{"--listen", taken.Addr().String()}, 1, []string{taken.Addr().String(), "in use", "--listen"}},
		"data dir locked":  {nil, []string{"--data-dir", dir}, 1, []string{dir, "in use by another process"}},
		"broken seed":      {nil, []string{"--seed", seed}, 1, []string{seed + ":3:5", "projekts"}},
		"no seed":          {nil, []string{"--seed", seed + "x"}, 1, []string{seed + "x"}},
		"seed and end":     {nil, []string{"--seed", "-", "--stop-on-stdin-close"}, 1, []string{"--seed -", "--stop-on-stdin-close"}},
		"two secrets":      {nil, []string{"--admin-client-secret", "hunter2", "--admin-client-secret-file", seed}, 1, []string{"--admin-client-secret-file"}},
		"short secret":     {[]string{"ATM_TESTSERVER_ADMIN_CLIENT_SECRET=hunter2"}, nil, 1, []string{"client secret", "32"}},
		"bad master key":   {[]string{"ATM_TESTSERVER_MASTER_KEY=hunter2"}, nil, 1, []string{"master key", "32"}},
		"half a pair":      {nil, []string{"--tls-cert", seed}, 1, []string{"--tls-key"}},
		"no certificate":   {nil, []string{"--tls-cert", seed, "--tls-key", seed}, 1, []string{"--tls-cert"}},
		"stray CA file":    {nil, []string{"--tls-ca-file", seed}, 1, []string{"--tls-self-signed"}},
		"unknown flag":     {nil, []string{"--lisen", "x"}, 2, []string{"--lisen", "--help"}},
		"unknown value":    {nil, []string{"--rate-limit", "maybe"}, 2, []string{"--rate-limit", "on"}},
		"public host":      {nil, []string{"--public-url", "http://ä.example"}, 1, []string{"public URL", "host of letters"}},
		"public port":      {nil, []string{"--public-url", "http://atm.example:99999"}, 1, []string{"public URL", "65535"}},
		"short instance":   {nil, []string{"--instance-id", "hunter2"}, 1, []string{"instance id", "8 to 64"}},
		"unknown variable": {[]string{"ATM_TESTSERVER_LOG_LEVEL=loud"}, nil, 2, []string{"--log-level"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, said := run(t, tt.env, tt.args...)
			if status != tt.status {
				t.Errorf("exit status %d, want %d", status, tt.status)
			}
			for _, want := range tt.want {
				if !strings.Contains(said, want) {
					t.Errorf("does not name %q: %s", want, said)
				}
			}
			if strings.Contains(said, "hunter2") {
				t.Error("what it says holds a secret")
			}
			if n := strings.Count(said, "\n"); n > 1 {
				t.Errorf("says it in %d lines: %s", n, said)
			}
		})
	}
}

func TestProgram_DoesNotChangeWhatItCannotRead(t *testing.T) {
	t.Parallel()
	sealed, newer, other := t.TempDir(), t.TempDir(), t.TempDir()
	stop := func(env []string, args ...string) {
		p, _ := start(t, env, append(args, "--stop-on-stdin-close")...)
		if err := p.stdin.Close(); err != nil {
			t.Fatal(err)
		}
		if status := p.exit(t); status != 0 {
			t.Fatalf("exit status %d\n%s", status, p.stderr)
		}
	}
	key := func(digit string) []string { return []string{"ATM_TESTSERVER_MASTER_KEY=" + strings.Repeat(digit, 64)} }
	stop(key("a"), "--data-dir", sealed)
	for dir, statement := range map[string]string{
		newer: "INSERT INTO goose_db_version (version_id, is_applied) VALUES (424242, true)",
		other: "UPDATE schema_fingerprint SET value = 'another'",
	} {
		stop(nil, "--data-dir", dir)
		db, err := sql.Open("sqlite", filepath.Join(dir, "atm.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		env  []string
		dir  string
		want []string
	}{
		"another master key": {key("b"), sealed, []string{"master key cannot decrypt", "another master key"}},
		"no master key":      {nil, sealed, []string{"master key", "none was given"}},
		"a newer program's":  {nil, newer, []string{newer, "newer version"}},
		"other tables":       {nil, other, []string{other, "another version", "begin with an empty one"}},
	} {
		status, said := run(t, tt.env, "--data-dir", tt.dir)
		if status != 1 || strings.Count(said, "\n") > 1 {
			t.Errorf("%s: exit status %d: %s", name, status, said)
		}
		for _, want := range tt.want {
			if !strings.Contains(said, want) {
				t.Errorf("%s: does not name %q: %s", name, want, said)
			}
		}
	}
	stop(key("a"), "--data-dir", sealed) // undisturbed
}

func TestProgram_StopsGracefully(t *testing.T) {
	t.Parallel()
	t.Run("SIGTERM", func(t *testing.T) {
		t.Parallel()
		p, r := start(t, nil)
		get(t, r.Endpoint+"/healthz")
		if err := terminate(p.cmd.Process); err != nil {
			t.Fatal(err)
		}
		if status := p.exit(t); status != 0 {
			t.Errorf("exit status %d\n%s", status, p.stderr)
		}
	})
	t.Run("SIGHUP", func(t *testing.T) {
		t.Parallel()
		p, r := start(t, nil)
		get(t, r.Endpoint+"/healthz")
		if err := hangUp(p.cmd.Process); err != nil {
			t.Fatal(err)
		}
		if status := p.exit(t); status != 0 || !strings.Contains(p.stderr.String(), "shutting down") {
			t.Errorf("exit status %d\n%s", status, p.stderr)
		}
	})
	t.Run("while it waits for its database", func(t *testing.T) {
		t.Parallel()
		p := launch(t, nil, "--database-url", "postgres://atm:hunter2@127.0.0.1:1/atm")
		for deadline := time.Now().Add(startTimeout); !strings.Contains(p.stderr.String(), "waiting"); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("the program does not tell that it waits\n%s", p.stderr)
			}
		}
		if err := terminate(p.cmd.Process); err != nil {
			t.Fatal(err)
		}
		status, said := p.exit(t), p.stderr.String()
		if status != 1 || !strings.Contains(said, "127.0.0.1:1") || !strings.Contains(said, "before it was ready") || strings.Contains(said, "hunter2") {
			t.Errorf("exit status %d\n%s", status, said)
		}
	})
	t.Run("SIGTERM before it is ready", func(t *testing.T) {
		t.Parallel()
		// A database that takes connections and says nothing.
		silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		p := launch(t, nil, "--database-url", "postgres://atm@"+silent.Addr().String()+"/atm?sslmode=disable")
		if _, err := silent.Accept(); err != nil {
			t.Fatal(err)
		}
		if err := terminate(p.cmd.Process); err != nil {
			t.Fatal(err)
		}
		if status := p.exit(t); status != 1 || !strings.Contains(p.stderr.String(), "before it was ready") {
			t.Errorf("exit status %d\n%s", status, p.stderr)
		}
	})
	t.Run("standard input", func(t *testing.T) {
		t.Parallel()
		p, r := start(t, nil, "--stop-on-stdin-close")
		get(t, r.Endpoint+"/healthz")
		if err := p.stdin.Close(); err != nil {
			t.Fatal(err)
		}
		if status := p.exit(t); status != 0 || !strings.Contains(p.stderr.String(), "standard input") {
			t.Errorf("exit status %d\n%s", status, p.stderr)
		}
	})
	t.Run("standard input is nothing to others", func(t *testing.T) {
		t.Parallel()
		p, r := start(t, nil)
		if err := p.stdin.Close(); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			if status, _ := get(t, r.Endpoint+"/healthz"); status != http.StatusOK {
				t.Fatalf("status %d", status)
			}
		}
	})
}

func TestProgram_EndsWithinTheTimeOfDockerStop(t *testing.T) {
	t.Parallel()
	help, err := exec.CommandContext(t.Context(), binary, "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(strings.Join(strings.Fields(string(help)), " "), "docker stop waits 10 s. Default: ")
	text, _, _ := strings.Cut(after, " ")
	if timeout, err := time.ParseDuration(text); !found || err != nil || timeout >= 10*time.Second {
		t.Errorf("--shutdown-timeout is %q by default: %v", text, err)
	}
}

func TestProgram_WarnsWhereItsURLIsNotThatOfClients(t *testing.T) {
	t.Parallel()
	const warning = "set --public-url"
	for name, tt := range map[string]struct {
		args []string
		want bool
	}{
		"all addresses":       {[]string{"--listen", "0.0.0.0:0"}, true},
		"no host":             {[]string{"--listen", ":0"}, true},
		"with its public URL": {[]string{"--listen", "0.0.0.0:0", "--public-url", "http://atm.example"}, false},
		"loopback":            {nil, false},
		"localhost":           {[]string{"--listen", "localhost:0"}, false},
	} {
		p, _ := start(t, nil, append(tt.args, "--stop-on-stdin-close")...)
		if err := p.stdin.Close(); err != nil {
			t.Fatal(err)
		}
		p.exit(t)
		if got := strings.Contains(p.stderr.String(), warning); got != tt.want {
			t.Errorf("%s: warns: %t\n%s", name, got, p.stderr)
		}
	}
}

func TestProgram_TellsHowItIs(t *testing.T) {
	t.Parallel()
	_, r := start(t, nil)
	address := strings.TrimPrefix(r.Endpoint, "http://")
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	for _, listen := range []string{address, "0.0.0.0:" + port, ":" + port} {
		if status, said := run(t, []string{"ATM_TESTSERVER_LISTEN=" + listen}, "healthcheck", "--listen", listen); status != 0 {
			t.Errorf("%s: exit status %d: %s", listen, status, said)
		}
	}
	if status, said := run(t, nil, "healthcheck", "--listen", "127.0.0.1:1"); status != 1 || !strings.Contains(said, "127.0.0.1:1") {
		t.Errorf("no server: exit status %d: %s", status, said)
	}
	if status, said := run(t, nil, "healthcheck"); status != 1 || !strings.Contains(said, "--listen") {
		t.Errorf("no port: exit status %d: %s", status, said)
	}
}

func TestProgram_ServesTLSAndTellsWhomToTrust(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, r := start(t, nil, "--tls-self-signed", "--data-dir", dir)
	if !strings.HasPrefix(r.Endpoint, "https://") || r.CACertFile != filepath.Join(dir, "tls-ca.pem") {
		t.Fatalf("endpoint %s, authority %s", r.Endpoint, r.CACertFile)
	}
	address := strings.TrimPrefix(r.Endpoint, "https://")
	status, said := run(t, nil, "healthcheck", "--listen", address, "--tls-self-signed", "--data-dir", dir)
	if status != 0 {
		t.Errorf("exit status %d: %s", status, said)
	}
	other := filepath.Join(t.TempDir(), "other.pem")
	start(t, nil, "--tls-self-signed", "--tls-ca-file", other)
	if status, said := run(t, nil, "healthcheck", "--listen", address, "--tls-self-signed", "--tls-ca-file", other); status != 1 {
		t.Errorf("another authority: exit status %d: %s", status, said)
	}
}

func TestProgram_TestControlsAreOffUnlessAskedFor(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args   []string
		token  string
		status int
		cache  string
	}{
		"off":           {nil, "", 404, "public, max-age=300"},
		"on":            {[]string{"--test-controls"}, "", 200, "no-cache"},
		"by token":      {[]string{"--test-controls-token", "let-me-in"}, "let-me-in", 200, "no-cache"},
		"without token": {[]string{"--test-controls-token", "let-me-in"}, "", 401, "no-cache"},
	} {
		_, r := start(t, nil, tt.args...)
		status, body, err := call(t.Context(), http.DefaultClient, http.MethodGet, r.Endpoint+"/_test/clock", tt.token, "")
		if err != nil || status != tt.status {
			t.Errorf("%s: %d %s %v", name, status, body, err)
		}
		jwks, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.Endpoint+"/auth/.well-known/jwks.json", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(jwks)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if got := response.Header.Get("Cache-Control"); got != tt.cache {
			t.Errorf("%s: JWKS with Cache-Control %s", name, got)
		}
	}
}

func TestProgram_HelpNamesEachVariableAndVersionIsTheLinkers(t *testing.T) {
	t.Parallel()
	help, err := exec.CommandContext(t.Context(), binary, "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"--data-dir", "$ATM_TESTSERVER_DATA_DIR", "$ATM_TESTSERVER_STOP_ON_STDIN_CLOSE", "healthcheck", "ATM_TESTSERVER_MASTER_KEY"} {
		if !strings.Contains(string(help), want) {
			t.Errorf("the help does not name %s", want)
		}
	}
	if strings.Contains(string(help), "-test.") {
		t.Error("flags of go test are registered")
	}
	version, err := exec.CommandContext(t.Context(), binary, "--version").Output()
	if err != nil || string(version) != "1.2.3\n" {
		t.Errorf("version %q, %v", version, err)
	}
}
