package testserver_test

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
)

// wire is between a server and its database, and can be cut without either
// being told, as a network does that loses its packets.
type wire struct {
	listener net.Listener
	to       string // network and address, by a space

	mu     sync.Mutex
	cut    bool
	mended *sync.Cond
}

func newWire(t *testing.T, database string) (w *wire, through string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	w = &wire{to: "tcp " + u.Host}
	if directory := query.Get("host"); directory != "" {
		w.to = "unix " + filepath.Join(directory, ".s.PGSQL.5432")
		query.Del("host")
		query.Set("sslmode", "disable")
		u.RawQuery = query.Encode()
	}
	w.mended = sync.NewCond(&w.mu)
	if w.listener, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.listener.Close() })
	t.Cleanup(func() { w.set(false) })
	go w.serve()
	u.Host = w.listener.Addr().String()
	return w, u.String()
}

func (w *wire) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	w.mended.Broadcast()
}

// pass waits while the wire is cut.
func (w *wire) pass() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.cut {
		w.mended.Wait()
	}
}

func (w *wire) serve() {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		go func() {
			w.pass()
			network, address, _ := strings.Cut(w.to, " ")
			far, err := net.Dial(network, address)
			if err != nil {
				_ = near.Close()
				return
			}
			go w.carry(near, far)
			w.carry(far, near)
		}()
	}
}

func (w *wire) carry(from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		w.pass()
		if _, failed := to.Write(buffer[:n]); failed != nil || err != nil && err != io.EOF { //nolint:errorlint // a connection's is bare
			return
		}
		if err != nil {
			return
		}
	}
}

// TestServer_DoesNotWaitForEverForADatabaseThatSaysNothing cuts the wire: no
// connection is refused or reset, nothing responds.
func TestServer_DoesNotWaitForEverForADatabaseThatSaysNothing(t *testing.T) {
	t.Parallel()
	wire, database := newWire(t, postgrestest.URL(t))
	s := testserver.Start(t, testserver.WithDatabaseURL(database), testserver.WithSeed(seeded), testserver.WithTimeouts(10*time.Second, 10*time.Second, 2*time.Second))
	token, err := s.Admin().Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	signIn(t, s)
	wire.set(true)
	const within = 15 * time.Second
	var all sync.WaitGroup
	bearer := []string{"Authorization", "Bearer " + token}
	for _, ask := range []struct {
		method, path, body, has string
		headers                 []string
	}{
		{http.MethodGet, "/readyz", "", "the database does not respond", nil},
		{http.MethodGet, "/api/v1/suites", "", "urn:atm:problem:unavailable", bearer},
		{http.MethodPost, "/api/v1/suites", `{"name":"Later"}`, "urn:atm:problem:unavailable", bearer},
		{http.MethodPost, "/auth/token", workerSignIn, "temporarily_unavailable", nil},
		{http.MethodGet, "/login?clientId=x", "", "database does not respond", nil},
	} {
		for range 8 { // more than the connections that exist
			all.Go(func() {
				began := time.Now()
				got := send(t.Context(), t, s, ask.method, ask.path, ask.body, ask.headers...)
				if got.status != http.StatusServiceUnavailable || !strings.Contains(string(got.body), ask.has) {
					t.Errorf("%s %s: %d %s", ask.method, ask.path, got.status, got.body)
				}
				if took := time.Since(began); took > within {
					t.Errorf("%s %s: takes %s", ask.method, ask.path, took)
				}
			})
		}
	}
	all.Wait()
	wire.set(false)
	signIn(t, s)
	if got := asked(t, s, token); got.status != http.StatusOK {
		t.Errorf("after the silence: %d %s", got.status, got.body)
	}
	if got := send(t.Context(), t, s, http.MethodGet, "/readyz", ""); got.status != http.StatusOK {
		t.Errorf("after the silence: %d %s", got.status, got.body)
	}
}
