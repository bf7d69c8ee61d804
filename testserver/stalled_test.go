package testserver_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// narrow is a listener on loopback whose connections buffer little, so that a
// client that reads nothing blocks the server soon.
type narrow struct{ net.Listener }

func listenNarrow(t *testing.T) testserver.Option {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return testserver.WithListener(narrow{l})
}

func (n narrow) Accept() (net.Conn, error) {
	conn, err := n.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		_, _ = tcp.SetReadBuffer(4<<10), tcp.SetWriteBuffer(4<<10)
	}
	return conn, err
}

// readNothing sends requests until the server no longer takes them, because its
// responses are not read.
func readNothing(t *testing.T, conn net.Conn, request string) {
	t.Helper()
	if tcp, ok := conn.(*net.TCPConn); ok {
		if err := tcp.SetReadBuffer(4 << 10); err != nil {
			t.Fatal(err)
		}
	}
	for range 100_000 {
		if err := conn.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, request); err != nil {
			return
		}
	}
	t.Fatal("the server takes any number of requests without sending the responses")
}

// resets calls POST /_test/reset, and signs in afterwards.
func resets(t *testing.T, s *testserver.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for _, path := range []string{"/_test/reset", "/auth/token"} {
		body := ""
		if path == "/auth/token" {
			body = workerSignIn
		}
		if got, err := try(ctx, s, http.MethodPost, path, body); err != nil || got.status >= 300 {
			t.Fatalf("%s: %d, %v", path, got.status, err)
		}
	}
}

func TestReset_WaitsForNoClient(t *testing.T) {
	t.Parallel()
	for name, stall := range map[string]func(t *testing.T, s *testserver.Server, conn net.Conn){
		"that reads nothing": func(t *testing.T, s *testserver.Server, conn net.Conn) {
			// A response larger than net/http's buffers is written while its handler runs.
			token, err := s.Admin().Token(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for i := range 100 {
				manage(t, s, http.MethodPost, "/api/v1/suites", fmt.Sprintf(`{"name":"%d"}`, i))
			}
			readNothing(t, conn, "GET /api/v1/suites HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+token+"\r\n\r\n")
		},
		"that sends half of a body": func(t *testing.T, _ *testserver.Server, conn net.Conn) {
			fmt.Fprint(conn, "POST /auth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
			time.Sleep(200 * time.Millisecond) // until the server waits for the rest
		},
		"that sends half of a form": func(t *testing.T, _ *testserver.Server, conn net.Conn) {
			fmt.Fprint(conn, "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\na")
			time.Sleep(200 * time.Millisecond)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Start validates responses, for which it keeps each as a whole.
			s := started(t, testserver.WithSeed(seeded), testserver.WithTestControls(""), listenNarrow(t))
			stall(t, s, raw(t, s))
			resets(t, s)
		})
	}
}

// TestReset_ABodyThatEndsLaterChangesNothing: its request began before the
// reset, with a token of that time.
func TestReset_ABodyThatEndsLaterChangesNothing(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(seeded), testserver.WithTestControls(""))
	token, err := s.Admin().Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const body = `{"name":"Late"}`
	conn := raw(t, s)
	fmt.Fprintf(conn, "POST /api/v1/suites HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", token, len(body), body[:1])
	time.Sleep(200 * time.Millisecond)
	resets(t, s)
	fmt.Fprint(conn, body[1:])
	response, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(response), "HTTP/1.1 4") {
		t.Errorf("got %.200s, %v", response, err)
	}
	if got := manage(t, s, http.MethodGet, "/api/v1/suites?name=Late", ""); !strings.Contains(string(got.body), `"total":0`) {
		t.Errorf("the suite was created: %s", got.body)
	}
}

func TestServer_LetsGoOfClientsThatReadNothing(t *testing.T) {
	t.Parallel()
	s := started(t, testserver.WithSeed(seeded), testserver.WithConsole(), testserver.WithTestControls(""), listenNarrow(t),
		testserver.WithWriteTimeout(2*time.Second), testserver.WithFaults(testserver.Fault{Path: "/fault", Status: 200, Body: strings.Repeat("x", 1000)}))
	for _, path := range []string{
		"/auth/.well-known/jwks.json", "/api/v1/suites", "/login", "/console/keys", "/metrics", "/healthz", "/_test/requests", "/nowhere",
		"/fault",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			conn := raw(t, s)
			readNothing(t, conn, "GET "+path+" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
			gone := time.Now().Add(20 * time.Second)
			for time.Now().Before(gone) {
				if err := conn.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
					t.Fatal(err)
				}
				_, err := io.WriteString(conn, "GET / HTTP/1.1\r\n")
				if timeout, ok := err.(net.Error); err != nil && (!ok || !timeout.Timeout()) { //nolint:errorlint // as it comes from the connection
					return // the server has closed the connection
				}
				time.Sleep(100 * time.Millisecond)
			}
			t.Error("the connection is still open")
		})
	}
}

func TestServer_TokenEndpointsTake64KiB(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(seeded))
	const most = 64 << 10
	for _, path := range []string{"/auth/token", "/oauth/token", "/auth/revoke", "/auth/introspect", "/login"} {
		for _, length := range []int{most, most + 1} {
			for _, known := range []bool{true, false} {
				contentType, body := "application/x-www-form-urlencoded", "a="+strings.Repeat("x", length-2)
				var reader io.Reader = strings.NewReader(body)
				if !known {
					reader = io.MultiReader(reader) // whose length net/http does not know
				}
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, reader)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", contentType)
				response, err := s.Client().Do(r)
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
				if tooLarge := response.StatusCode == http.StatusRequestEntityTooLarge; tooLarge != (length > most) {
					t.Errorf("%s: %d bytes, length known: %t: %d", path, length, known, response.StatusCode)
				}
			}
		}
	}
}

// TestServer_StalledBodiesCostLittle sends 300 bodies of a mebibyte less a byte.
func TestServer_StalledBodiesCostLittle(t *testing.T) {
	s := testserver.Start(t, testserver.WithSeed(seeded))
	const bodies, most = 300, 60 << 20 // 300 buffers of 128 KiB, and the connections
	part := strings.Repeat(" ", 1<<20-1)
	for _, path := range []string{"/auth/token", "/login"} {
		for _, length := range []string{"Content-Length: 1048576\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n100000\r\n"} {
			before := heap()
			var sent sync.WaitGroup
			var open []net.Conn
			for range bodies {
				conn := raw(t, s)
				open = append(open, conn)
				sent.Go(func() {
					_ = conn.SetWriteDeadline(time.Now().Add(2 * time.Second))
					fmt.Fprint(conn, "POST "+path+" HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"+length)
					_, _ = io.WriteString(conn, part) // refused before its end
				})
			}
			sent.Wait()
			if cost := heap() - before; cost > most {
				t.Errorf("%s, %s: %d MiB", path, strings.Fields(length)[0], cost>>20)
			}
			for _, conn := range open {
				_ = conn.Close()
			}
		}
	}
}

func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
