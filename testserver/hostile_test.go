package testserver_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// raw opens a connection to a server, for what no HTTP client sends.
func raw(t *testing.T, s *testserver.Server) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestServer_BelievesNoRequestAboutWhereItIs(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*testserver.Server{
		"its own address": testserver.Start(t, testserver.WithSeed(teamSeed)),
		"a public URL":    testserver.Start(t, testserver.WithSeed(teamSeed), testserver.WithPublicURL("https://atm.example.com/base")),
	} {
		for _, path := range []string{"/.well-known/openid-configuration", "/login?clientId=webwebwebwebwebwebwe", "/login?clientId=unknown", "/nowhere"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = "evil.example.com"
			for _, header := range []string{"X-Forwarded-Host", "X-Forwarded-Server", "X-Original-Host", "X-Host"} {
				r.Header.Set(header, "evil.example.com")
			}
			r.Header.Set("Forwarded", `host="evil.example.com";proto=https`)
			response, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			if said := fmt.Sprint(response.Header) + string(body); strings.Contains(said, "evil.example.com") {
				t.Errorf("%s, %s: repeats the name that the request gave it", name, path)
			}
		}
		tokens := send(t.Context(), t, s, http.MethodPost, "/auth/token", workerSignIn, "X-Forwarded-Host", "evil.example.com")
		if iss := claimsOf(t, tokens.field("id_token"))["iss"]; iss != s.PublicURL() {
			t.Errorf("%s: the id token's issuer is %v", name, iss)
		}
	}
}

func TestServer_NothingOfARequestBecomesAHeader(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(teamSeed), testserver.WithTestControls(""))
	injected := url.QueryEscape("x\r\nX-Injected: yes\r\n\r\n<script>")
	for _, path := range []string{
		"/login?clientId=webwebwebwebwebwebwe&state=" + injected,
		"/login?clientId=webwebwebwebwebwebwe&response_type=token&state=" + injected, // is sent on with the state
		"/login?clientId=webwebwebwebwebwebwe&redirect_uri=" + injected,
		"/api/v1/suites?name=" + injected, "/api/v1/suites/" + url.PathEscape("x\r\nX-Injected: yes"), "/auth/token?" + injected,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := s.Client().Transport.RoundTrip(r) // redirects are not followed
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if response.Header.Get("X-Injected") != "" || strings.Contains(string(body), "<script>") {
			t.Errorf("%s: %v\n%s", path, response.Header, body)
		}
		if response.StatusCode >= 500 {
			t.Errorf("%s: %d", path, response.StatusCode)
		}
	}
	for _, header := range []string{"X-Request-Id: a\rX-Injected: yes", "X-Request-Id: a b", "X-Request-Id: " + strings.Repeat("a", 200), "X-Request-Id: \"quoted\""} {
		conn := raw(t, s)
		if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n"+header+"\r\nConnection: close\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		response, err := io.ReadAll(conn)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(response), "X-Injected") || strings.Contains(string(response), strings.TrimPrefix(header, "X-Request-Id: ")+"\r\n") {
			t.Errorf("%q comes back: %s", header, response)
		}
	}
}

// TestServer_BodiesMadeToHurtCostLittle sends what parsers are known to choke
// on. Each is refused as malformed, and soon.
func TestServer_BodiesMadeToHurtCostLittle(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithTestControls(""))
	token, err := s.Admin().Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	deep := strings.Repeat("[", 300_000)
	many := make([]string, 0, 40_000)
	for i := range cap(many) {
		many = append(many, fmt.Sprintf(`"f%d":{}`, i))
	}
	bodies := map[string]string{
		"arrays in arrays":    deep + strings.ReplaceAll(deep, "[", "]"),
		"never closed":        `{"name":` + deep,
		"objects in objects":  strings.Repeat(`{"name":`, 100_000) + "1" + strings.Repeat("}", 100_000),
		"an unknown deep one": `{"name":"x","y":` + deep[:200_000] + strings.Repeat("]", 200_000) + "}",
		"many members":        "{" + strings.Join(many, ",") + "}",
		"one member often":    "{" + strings.Repeat(`"name":"x",`, 60_000) + `"name":"x"}`,
		"a large number":      `{"name":1e` + strings.Repeat("9", 500_000) + "}",
		"many digits":         `{"name":` + strings.Repeat("9", 900_000) + "}",
		"a long name":         `{"` + strings.Repeat("n", 900_000) + `":1}`,
		"escapes":             `{"name":"` + strings.Repeat(`\u0041`, 150_000) + `"}`,
		"half surrogates":     `{"name":"` + strings.Repeat(`\ud800`, 150_000) + `"}`,
		"no UTF-8":            "{\"name\":\"\xff\xfe\"}",
		"nothing":             "\x00",
	}
	for _, path := range []string{"/api/v1/suites", "/auth/token", "/auth/introspect", "/_test/faults", "/_test/tokens"} {
		for name, body := range bodies {
			began := time.Now()
			got := send(t.Context(), t, s, http.MethodPost, path, body, "Authorization", "Bearer "+token)
			if got.status < 400 || got.status >= 500 {
				t.Errorf("%s, %s: %d", path, name, got.status)
			}
			// The machine may be busy; what grows with the square takes minutes.
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("%s, %s: takes %s", path, name, took)
			}
			if len(got.body) > 32<<10 {
				t.Errorf("%s, %s: gets %d bytes", path, name, len(got.body))
			}
		}
	}
}

func TestServer_RefusesLargeBodiesWhoseLengthIsNotSaid(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t)
	token, err := s.Admin().Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/api/v1/suites", "/auth/token"} {
		// Not a reader whose length net/http knows.
		body := io.MultiReader(strings.NewReader(`{"name":"`), strings.NewReader(strings.Repeat("a", 2<<20)))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		response, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %d", path, response.StatusCode)
		}
	}
}

// TestServer_LetsGoOfClientsThatDawdle holds connections open as slowly as a
// client can, each of which would occupy the server for ever without a timeout.
func TestServer_LetsGoOfClientsThatDawdle(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(seeded), testserver.WithTimeouts(time.Second, time.Second, 0))
	tests := map[string]struct {
		begins, goesOn string
	}{
		"headers": {"GET /healthz HTTP/1.1\r\nHost: x\r\n", "X-More: x\r\n"},
		"body": {"POST /auth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{",
			" "},
	}
	const within = 15 * time.Second
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := raw(t, s)
			if _, err := io.WriteString(conn, tt.begins); err != nil {
				t.Fatal(err)
			}
			go func() {
				for { // until the connection is closed
					time.Sleep(200 * time.Millisecond)
					if _, err := io.WriteString(conn, tt.goesOn); err != nil {
						return
					}
				}
			}()
			if err := conn.SetReadDeadline(time.Now().Add(within)); err != nil {
				t.Fatal(err)
			}
			_, err := io.Copy(io.Discard, bufio.NewReader(conn))
			if timeout, ok := err.(net.Error); ok && timeout.Timeout() { //nolint:errorlint // as it comes from the connection
				t.Errorf("the connection is still there after %s", within)
			}
		})
	}
	signIn(t, s)
}
