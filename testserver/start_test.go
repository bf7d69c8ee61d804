package testserver_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"encoding/base64"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/metrics"
)

// closed starts a server, and closes it at the end unless the test has.
func started(t *testing.T, opts ...testserver.Option) *testserver.Server {
	t.Helper()
	s, err := testserver.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func closeServer(t *testing.T, s *testserver.Server) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestNew_NamesTheSettingAtFault(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	dir := t.TempDir()
	started(t, testserver.WithDataDir(dir))
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("suites:\n  - nam: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		option testserver.Option
		want   []string
	}{
		"port":             {testserver.WithListen(taken.Addr().String()), []string{taken.Addr().String(), "address already in use"}},
		"address":          {testserver.WithListen("nowhere"), []string{"nowhere"}},
		"locked":           {testserver.WithDataDir(dir), []string{dir, "in use by another process"}},
		"a file":           {testserver.WithDataDir(file), []string{file, "not a directory"}},
		"database":         {testserver.WithAbsentDatabase("postgres://nobody:hunter2@127.0.0.1:1/none"), []string{"127.0.0.1:1", "unavailable"}},
		"database's kind":  {testserver.WithDatabaseURL("mysql://nobody:hunter2@localhost"), []string{"postgres://"}},
		"seed":             {testserver.WithSeedFile(file), []string{file + ":2:5", `unknown field "nam"`}},
		"no seed":          {testserver.WithSeedFile(file + "x"), []string{"seed", file + "x"}},
		"public URL":       {testserver.WithPublicURL("atm.example.com"), []string{"public URL", "https://"}},
		"master key":       {testserver.WithMasterKey("hunter2"), []string{"master key", "32"}},
		"signing key":      {testserver.WithSigningKey(small), []string{"1024 bits"}},
		"rotation":         {testserver.WithKeyRotation(time.Second), []string{"rotation", "minute"}},
		"max-age":          {testserver.WithJWKSMaxAge(0), []string{"max-age"}},
		"fault":            {testserver.WithFaults(testserver.Fault{Status: 42}), []string{"status"}},
		"secret":           {testserver.WithAdmin(testserver.Admin{ClientSecret: "hunter2"}), []string{"client secret", "32"}},
		"certificate":      {testserver.WithTLS(tls.Certificate{}), []string{"TLS", "certificate"}},
		"authority's file": {testserver.WithSelfSignedTLS(filepath.Join(file, "ca.pem")), []string{"TLS", file}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := testserver.New(tt.option)
			if err == nil {
				_ = s.Close()
				t.Fatal("the server starts")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not name %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Error("the error holds a secret")
			}
		})
	}
	if _, err := testserver.New(testserver.WithDataDir(dir), testserver.WithDatabaseURL("postgres://localhost")); err == nil {
		t.Error("two stores are accepted")
	}
}

func TestNew_KeepsInADataDirectoryWhatItWasTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	opts := []testserver.Option{testserver.WithDataDir(dir), testserver.WithMasterKey(key)}
	s := started(t, opts...)
	admin := s.Admin()
	manage(t, s, http.MethodPost, "/api/v1/suites", `{"name":"Kept"}`)
	token, err := admin.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	closeServer(t, s)

	s = started(t, opts...)
	if got := s.Admin(); got.ClientID != admin.ClientID || got.LoginID != admin.LoginID || got.ClientSecret != "" {
		t.Errorf("after a restart, the administrator is %s", got)
	}
	if got := asked(t, s, token); got.status != http.StatusOK || !bytes.Contains(got.body, []byte("Kept")) {
		t.Errorf("a token from before the restart: %d %s", got.status, got.body)
	}
	if _, err := s.Admin().Token(t.Context()); err == nil || !strings.Contains(err.Error(), "WithAdmin") {
		t.Errorf("a token without the secret: %v", err)
	}
	closeServer(t, s)

	s = started(t, append(opts, testserver.WithAdmin(admin))...)
	manage(t, s, http.MethodGet, "/api/v1/suites", "")
	closeServer(t, s)

	_, err = testserver.New(testserver.WithDataDir(dir), testserver.WithMasterKey(strings.Repeat("ab", 32)))
	if err == nil || !strings.Contains(err.Error(), "master key cannot decrypt") {
		t.Errorf("another master key: %v", err)
	}
	_, err = testserver.New(testserver.WithDataDir(dir))
	if err == nil || !strings.Contains(err.Error(), "master key") {
		t.Errorf("no master key: %v", err)
	}
}

func TestServer_CloseFinishesRequestsInFlight(t *testing.T) {
	t.Parallel()
	s := started(t, testserver.WithSeed(seeded), metrics.WithPrometheus(), testserver.WithFaults(testserver.Fault{Path: "/auth/token", Delay: 5 * time.Minute}))
	in := make(chan response)
	go func() {
		got, err := try(context.WithoutCancel(t.Context()), s, http.MethodPost, "/auth/token", workerSignIn)
		if err != nil {
			t.Error(err)
		}
		in <- got
	}()
	// An idle connection, and one that has sent nothing, keep no other client
	// waiting.
	send(t.Context(), t, s, http.MethodGet, "/healthz", "")
	idle, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	awaitInFlight(t, s)

	start := time.Now()
	closeServer(t, s)
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("Close took %s", took)
	}
	if got := <-in; got.status != http.StatusOK || got.field("access_token") == "" {
		t.Errorf("the request in flight: %d %s", got.status, got.body)
	}
	select {
	case <-s.Done():
	default:
		t.Error("Done is not closed")
	}
	closeServer(t, s) // once more does nothing
}

// awaitInFlight waits until a request besides its own is being served.
func awaitInFlight(t *testing.T, s *testserver.Server) {
	t.Helper()
	for range 500 {
		got := send(t.Context(), t, s, http.MethodGet, "/metrics", "")
		if bytes.Contains(got.body, []byte("atm_http_requests_in_flight 2")) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the request has not come within 5 s")
}

func TestServer_ServesOnTheListenerThatItIsGiven(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := testserver.Start(t, testserver.WithListener(l), testserver.WithPublicURL("https://atm.example.com/base/"))
	if s.URL != "http://"+l.Addr().String() || s.PublicURL() != "https://atm.example.com/base" {
		t.Errorf("URL %s, public URL %s", s.URL, s.PublicURL())
	}
	got := send(t.Context(), t, s, http.MethodGet, "/.well-known/openid-configuration", "")
	if got.field("issuer") != s.PublicURL() || got.field("token_endpoint") != s.PublicURL()+"/auth/token" {
		t.Errorf("metadata: %s", got.body)
	}
}

func TestServer_SpeaksTLSByItsOwnAuthority(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(t.TempDir(), "ca.pem")
	s := started(t, testserver.WithSelfSignedTLS(file), testserver.WithDataDir(dir))
	got := send(t.Context(), t, s, http.MethodGet, "/healthz", "")
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got.status != http.StatusOK || !strings.HasPrefix(s.URL, "https://127.0.0.1:") || !bytes.Equal(written, s.CA()) {
		t.Errorf("%s returns %d; its authority in the file: %t", s.URL, got.status, bytes.Equal(written, s.CA()))
	}
	stranger := &http.Client{Transport: &http.Transport{}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	if response, err := stranger.Do(r); err == nil {
		response.Body.Close()
		t.Error("a client that does not know the authority trusts it")
	}
	closeServer(t, s)
	if again := started(t, testserver.WithSelfSignedTLS(""), testserver.WithDataDir(dir)); !bytes.Equal(again.CA(), written) {
		t.Error("after a restart, the authority is another one")
	}
}

func TestServer_SpeaksTLSWithACertificateThatItIsGiven(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithTLS(certificate(t)))
	if got := send(t.Context(), t, s, http.MethodGet, "/healthz", ""); got.status != http.StatusOK || s.CA() != nil {
		t.Errorf("%d, an authority of %d bytes", got.status, len(s.CA()))
	}
}

func TestServer_LogsNoSecret(t *testing.T) {
	t.Parallel()
	var log syncBuffer
	s := testserver.Start(t, testserver.WithSeed(seeded), testserver.WithTestControls(""), testserver.WithRateLimit(0, 0), metrics.WithPrometheus(),
		testserver.WithLogger(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	first := signIn(t, s)
	send(t.Context(), t, s, http.MethodPost, "/auth/token", `{"grantType":"refresh_token","clientId":"NmN78x6DMfde1XRx9hQg",
		"refresh_token":"`+first.field("refresh_token")+`","id_token":"`+first.field("id_token")+`"}`)
	send(t.Context(), t, s, http.MethodPost, "/auth/token?client_secret="+robotSecret, workerSignIn)
	send(t.Context(), t, s, http.MethodGet, "/auth/introspect/"+first.field("access_token"), "")
	send(t.Context(), t, s, http.MethodPost, "/auth/token", strings.Replace(workerSignIn, "480nul", "hunter", 1))
	minted, err := s.Mint(t.Context(), testserver.TokenSpec{})
	if err != nil {
		t.Fatal(err)
	}
	asked(t, s, minted)
	token, err := s.Admin().Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const idempotencyKey = "an-idempotency-key-that-opens-a-secret"
	app := send(t.Context(), t, s, http.MethodPost, "/api/v1/applications/T_1kwjq0gTKGW6-g4O8OF/secret", `{}`,
		"Authorization", "Bearer "+token, "Idempotency-Key", idempotencyKey)
	if app.field("clientSecret") == "" {
		t.Fatalf("rotate the secret: %d %s", app.status, app.body)
	}
	manage(t, s, http.MethodPost, "/api/v1/users/D7aaqWe34vWj_Bd-uuP8N/password", `{"password":"correct horse battery"}`)
	for name, secret := range map[string]string{
		"client secret": workerSecret, "wrong secret": "hunterBeBGqJDoAOADC0CW2frGTDVEmq", "secret in a query": robotSecret,
		"new secret": app.field("clientSecret"), "password": "correct horse battery", "idempotency key": idempotencyKey,
		"admin secret": s.Admin().ClientSecret, "refresh token": first.field("refresh_token"), "token": token, "JWT": "eyJ",
	} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds the %s", name)
		}
		if metrics := send(t.Context(), t, s, http.MethodGet, "/metrics", ""); bytes.Contains(metrics.body, []byte(secret)) {
			t.Errorf("the metrics hold the %s", name)
		}
		if journal := send(t.Context(), t, s, http.MethodGet, "/_test/requests", ""); bytes.Contains(journal.body, []byte(secret)) {
			t.Errorf("the journal holds the %s", name)
		}
	}
	if strings.Count(log.String(), `"msg":"request"`) < 8 {
		t.Errorf("the log has too few lines: %s", log.String())
	}
}
