package console_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
)

func TestConsole_IsOffUnlessAskedFor(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t)
	for _, path := range []string{"/console", "/console/keys", "/console/events", "/console/static/console.css"} {
		if status, _, _ := get(t, s, path); status != http.StatusNotFound {
			t.Errorf("%s returns %d", path, status)
		}
	}
}

// pages are all that shows something.
var pages = []string{
	"/console", "/console/applications", "/console/applications/T_1kwjq0gTKGW6-g4O8OF", "/console/users", "/console/keys", "/console/token", "/console/events",
}

func TestConsole_ServesThisMachineAndNoPageOfOthers(t *testing.T) {
	t.Parallel()
	s := start(t)
	host := strings.TrimPrefix(s.URL, "http://")
	port := host[strings.LastIndexByte(host, ':'):]
	for name, c := range map[string]struct {
		headers []string
		want    int
	}{
		"this machine":                 {nil, http.StatusOK},
		"by name":                      {[]string{"Host", "localhost" + port}, http.StatusOK},
		"its own page":                 {[]string{"Sec-Fetch-Site", "same-origin"}, http.StatusOK},
		"its own origin":               {[]string{"Origin", s.URL}, http.StatusOK},
		"a link that was followed":     {[]string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, http.StatusOK},
		"another name (DNS rebinding)": {[]string{"Host", "evil.example.com" + port}, http.StatusForbidden},
		"another origin":               {[]string{"Origin", "https://evil.example.com"}, http.StatusForbidden},
		"an origin that hides":         {[]string{"Origin", "null"}, http.StatusForbidden},
		"another port's page":          {[]string{"Origin", "http://127.0.0.1:1"}, http.StatusForbidden},
		"a script of another site":     {[]string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, http.StatusForbidden},
		"a frame of another site":      {[]string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, http.StatusForbidden},
		"another host of the site":     {[]string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors"}, http.StatusForbidden},
		"through a proxy":              {[]string{"X-Forwarded-For", "192.0.2.1"}, http.StatusSeeOther},
		"through a proxy, by its name": {[]string{"Forwarded", "for=192.0.2.1", "Host", "atm.example.com"}, http.StatusSeeOther},
	} {
		for _, path := range pages {
			if path == "/console/events" && c.want == http.StatusOK {
				continue // does not end
			}
			if status, html, header := get(t, s, path, c.headers...); status != c.want {
				t.Errorf("%s: %s returns %d, want %d", name, path, status, c.want)
			} else if status == http.StatusSeeOther && !strings.HasSuffix(header.Get("Location"), "console/sign-in") {
				t.Errorf("%s: %s leads to %s", name, path, header.Get("Location"))
			} else if status != http.StatusOK && strings.Contains(html, "Nightly settlement") {
				t.Errorf("%s: %s shows what it should not", name, path)
			}
		}
	}
}

// TestConsole_APublishedServerAsksAllUsersToSignIn: what comes through a proxy
// that says nothing looks like this machine.
func TestConsole_APublishedServerAsksAllUsersToSignIn(t *testing.T) {
	t.Parallel()
	s := start(t, testserver.WithPublicURL("https://atm.example.com"))
	for _, path := range pages {
		if status, _, _ := get(t, s, path); status != http.StatusSeeOther {
			t.Errorf("%s returns %d", path, status)
		}
	}
}

// TestConsole_AnOldProxyIsNotThisMachine: proxies that say nothing of
// themselves still speak HTTP/1.0 by default, which no browser does.
func TestConsole_AnOldProxyIsNotThisMachine(t *testing.T) {
	t.Parallel()
	s := start(t)
	host := strings.TrimPrefix(s.URL, "http://")
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprintf(conn, "GET /console/users HTTP/1.0\r\nHost: %s\r\n\r\n", host); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusSeeOther {
		t.Errorf("returns %d", response.StatusCode)
	}
}

// afar is a browser on another machine: it comes through a proxy.
type afar struct {
	t      *testing.T
	server *testserver.Server
	client *http.Client
}

func comeFromAfar(t *testing.T, s *testserver.Server) *afar {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := *s.Client()
	client.Jar = jar
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &afar{t, s, &client}
}

func (a *afar) do(method, path string, form url.Values) *http.Response {
	a.t.Helper()
	r, err := http.NewRequestWithContext(a.t.Context(), method, a.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("X-Forwarded-For", "192.0.2.1")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := a.client.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

func (a *afar) token(path string) string {
	a.t.Helper()
	return tokenIn(a.t, body(a.t, a.do(http.MethodGet, path, nil)))
}

func tokenIn(t *testing.T, html string) string {
	t.Helper()
	m := regexp.MustCompile(`name="csrf_token" value="([^"]+)"`).FindStringSubmatch(html)
	if m == nil {
		t.Fatalf("no form in %s", html)
	}
	return m[1]
}

func (a *afar) signIn(email, password string) *http.Response {
	a.t.Helper()
	return a.do(http.MethodPost, "/console/sign-in", url.Values{
		"csrf_token": {a.token("/console/sign-in")}, "email": {email}, "password": {password},
	})
}

func (a *afar) in() bool {
	a.t.Helper()
	return a.do(http.MethodGet, "/console/users", nil).StatusCode == http.StatusOK
}

func TestConsole_OnlySuperAdminsSignIn(t *testing.T) {
	t.Parallel()
	s := start(t)
	for name, c := range map[string]struct {
		email, password string
		says            string
	}{
		"a wrong password": {"root@example.com", "wrong password", "The email address or the password is wrong."},
		"a stranger":       {"nobody@example.com", password, "The email address or the password is wrong."},
		"a suite admin":    {"suite@example.com", password, "Only super admins can open"},
		"a system user":    {email, password, "Only super admins can open"},
	} {
		a := comeFromAfar(t, s)
		response := a.signIn(c.email, c.password)
		if html := body(t, response); response.StatusCode != http.StatusForbidden || !strings.Contains(html, c.says) {
			t.Errorf("%s: %d", name, response.StatusCode)
		}
		if a.in() {
			t.Errorf("%s is in", name)
		}
	}
	a := comeFromAfar(t, s)
	response := a.signIn("root@example.com", password)
	if response.StatusCode != http.StatusSeeOther || !a.in() {
		t.Fatalf("a super admin: %d, in: %t", response.StatusCode, a.in())
	}
	for _, c := range response.Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode {
			t.Errorf("the session's cookie is open: %v", c)
		}
	}
	if html := body(t, a.do(http.MethodGet, "/console", nil)); !strings.Contains(html, "root@example.com") {
		t.Error("the page does not say who has signed in")
	}
	if response := a.do(http.MethodPost, "/console/sign-out", url.Values{}); response.StatusCode != http.StatusForbidden || !a.in() {
		t.Errorf("another site signs out: %d", response.StatusCode)
	}
	if response := a.do(http.MethodPost, "/console/sign-out", url.Values{"csrf_token": {a.token("/console")}}); response.StatusCode != http.StatusSeeOther || a.in() {
		t.Errorf("signing out returns %d, in: %t", response.StatusCode, a.in())
	}
}

func TestConsole_ASessionEndsWithWhatItRestsOn(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, s *testserver.Server, id string){
		"time": func(_ *testing.T, s *testserver.Server, _ string) { s.Clock.Advance(8 * time.Hour) },
		"the role": func(t *testing.T, s *testserver.Server, id string) {
			manage(t, s, http.MethodPatch, "/users/"+id, `{"role":"suite_admin"}`)
		},
		"the user": func(t *testing.T, s *testserver.Server, id string) {
			manage(t, s, http.MethodPatch, "/users/"+id, `{"enabled":false}`)
		},
		"the password": func(t *testing.T, s *testserver.Server, id string) {
			manage(t, s, http.MethodPost, "/users/"+id+"/password", `{"password":"another password"}`)
		},
	} {
		s := start(t)
		a := comeFromAfar(t, s)
		a.signIn("root@example.com", password)
		if !a.in() {
			t.Fatal("not signed in")
		}
		change(t, s, userID(t, s, "root@example.com"))
		if a.in() {
			t.Errorf("a session outlives %s", name)
		}
	}
}

func TestConsole_ACookieThatOthersMadeIsNone(t *testing.T) {
	t.Parallel()
	s, other := start(t), start(t)
	a := comeFromAfar(t, other)
	var stolen *http.Cookie
	for _, c := range a.signIn("root@example.com", password).Cookies() {
		stolen = c
	}
	b := comeFromAfar(t, s)
	var own *http.Cookie
	for _, c := range b.signIn("root@example.com", password).Cookies() {
		own = c
	}
	token, signature, _ := strings.Cut(own.Value, ".")
	_, otherSignature, _ := strings.Cut(stolen.Value, ".")
	for name, value := range map[string]string{
		"another server's": stolen.Value, "another signature": token + "." + otherSignature, "no signature": token + ".",
		"no dot": token, "another token": "x." + signature, "nothing": "", "dots": "..", "no session at all": "x",
	} {
		status, _, _ := get(t, s, "/console", "X-Forwarded-For", "192.0.2.1", "Cookie", own.Name+"="+value)
		if status != http.StatusSeeOther {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status, _, _ := get(t, s, "/console", "X-Forwarded-For", "192.0.2.1", "Cookie", own.Name+"="+own.Value); status != http.StatusOK {
		t.Errorf("its own: %d", status)
	}
}

func TestConsole_GuessingIsSlowedDown(t *testing.T) {
	t.Parallel()
	s := start(t, testserver.WithRateLimit(2, time.Minute))
	a := comeFromAfar(t, s)
	for range 2 {
		if response := a.signIn("root@example.com", "wrong password"); response.StatusCode != http.StatusForbidden {
			t.Fatalf("a guess returns %d", response.StatusCode)
		}
	}
	if response := a.signIn("root@example.com", "wrong password"); response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") == "" {
		t.Errorf("one guess too many returns %d", response.StatusCode)
	}
	if a.signIn("root@example.com", password); !a.in() {
		t.Error("the right password is limited")
	}
}

// cookieOf returns the session's cookie of a response.
func cookieOf(t *testing.T, response *http.Response) string {
	t.Helper()
	for _, c := range response.Cookies() {
		if strings.Contains(c.Name, "atm-console-") && !strings.Contains(c.Name, "form") {
			return c.Name + "=" + c.Value
		}
	}
	t.Fatalf("no session in %v", response.Cookies())
	return ""
}

// TestConsole_SignOutEndsTheSessionOnEveryServer: a copy of the cookie is worth
// nothing afterwards. Other sessions of the same person go on.
func TestConsole_SignOutEndsTheSessionOnEveryServer(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]testserver.Option{
		"a file":     {testserver.WithDataDir(t.TempDir())},
		"PostgreSQL": {testserver.WithDatabaseURL(postgrestest.URL(t)), testserver.WithPublicURL("http://atm.example.com")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			replicas := []*testserver.Server{start(t, opts...)}
			if name == "PostgreSQL" {
				replicas = append(replicas, start(t, opts...))
			}
			one, two := comeFromAfar(t, replicas[0]), comeFromAfar(t, replicas[0])
			first, second := cookieOf(t, one.signIn("root@example.com", password)), cookieOf(t, two.signIn("root@example.com", password))
			in := func(s *testserver.Server, cookie string) bool {
				t.Helper()
				status, _, _ := get(t, s, "/console/users", "X-Forwarded-For", "192.0.2.1", "Cookie", cookie)
				return status == http.StatusOK
			}
			for i, s := range replicas {
				if !in(s, first) || !in(s, second) {
					t.Fatalf("replica %d does not know the sessions", i)
				}
			}
			one.do(http.MethodPost, "/console/sign-out", url.Values{"csrf_token": {one.token("/console")}})
			for i, s := range replicas {
				if in(s, first) {
					t.Errorf("replica %d: the session goes on after sign-out", i)
				}
				if !in(s, second) {
					t.Errorf("replica %d: another session has ended", i)
				}
			}
		})
	}
}

// TestConsole_SignOutEndsTheStreamOfEvents, which was opened before it.
func TestConsole_SignOutEndsTheStreamOfEvents(t *testing.T) {
	t.Parallel()
	s := start(t)
	a := comeFromAfar(t, s)
	cookie := cookieOf(t, a.signIn("root@example.com", password))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/console/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Forwarded-For", "192.0.2.1")
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Cookie", cookie)
	stream, err := s.Client().Do(r)
	if err != nil || stream.StatusCode != http.StatusOK {
		t.Fatalf("no stream: %v", err)
	}
	defer stream.Body.Close()
	a.do(http.MethodPost, "/console/sign-out", url.Values{"csrf_token": {a.token("/console")}})
	tokens(t, s) // an event
	events := make(chan string, 1)
	go func() {
		all, _ := io.ReadAll(stream.Body)
		events <- string(all)
	}()
	select {
	case got := <-events:
		if strings.Contains(got, "event: request") {
			t.Errorf("an event is sent after sign-out: %s", got)
		}
	case <-time.After(5 * time.Second):
		t.Error("the stream goes on after sign-out")
	}
}
