package console_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

func TestPages_ARefusedSignInHasItsApplicationAndTheReasonOfItsRedirect(t *testing.T) {
	t.Parallel()
	s := start(t)
	status, _, header := get(t, s, "/login?client_id="+webClient+"&code_challenge=x&code_challenge_method=plain")
	to, err := url.Parse(header.Get("Location"))
	if err != nil || status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, header)
	}
	get(t, s, "/login?client_id="+webClient+"&redirect_uri=https://evil.example.com")
	get(t, s, "/login?client_id="+m2mClient)
	_, html, _ := get(t, s, "/console")
	for _, want := range []string{
		"303 invalid_request", to.Query().Get("error_description"), "The parameter redirect_uri is not one of", "has no sign-in page",
		">Web shop</a>", ">Nightly settlement</a>",
	} {
		if want == "" || !strings.Contains(strings.ReplaceAll(html, "&#39;", "'"), want) {
			t.Errorf("the console does not show %q", want)
		}
	}
	if strings.Contains(html, "unknown") {
		t.Error("an application of which the client id is known is unknown")
	}
}

func TestPages_ShowWhatTheServerHolds(t *testing.T) {
	t.Parallel()
	s := start(t)
	tokens(t, s)
	ask(t, s, "grant_type", "client_credentials", "client_id", serviceClient, "client_secret", "not the secret")
	ask(t, s, "grant_type", "user_credentials", "client_id", m2mClient, "client_secret", secret, "login_id", "mai@example.com")
	for path, wants := range map[string][]string{
		"/console": {"Nightly settlement", "Granted", "The client secret is wrong", "not authenticated", "Ledger service", "The user is disabled for this application.",
			"mai@example.com", "400 invalid_grant", "401 invalid_client"},
		"/console?show=refused": {"The client secret is wrong"},
		"/console/applications": {"Nightly settlement", "User Credentials", "Client Credentials", "Payments", "Checkout", m2mClient, "management"},
		"/console/applications/T_1kwjq0gTKGW6-g4O8OF": {"Nightly settlement", "valid for 10 min", "mai@example.com", "disabled for this application",
			"former@example.com", "disabled", "Last requests", "Version 1"},
		"/console/users": {"root@example.com", "Super Admin", "Suite Admin", "System User", "Disabled", "Thong"},
		"/console/keys":  {"Signing", "Next", "on demand"},
		"/console/token": {"<textarea"},
	} {
		status, html, header := get(t, s, path)
		if status != http.StatusOK {
			t.Errorf("%s returns %d", path, status)
		}
		for _, want := range wants {
			if !strings.Contains(html, want) {
				t.Errorf("%s does not show %q", path, want)
			}
		}
		policy := header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: the policy is %s", path, policy)
		}
	}
	// One application's requests, also those that did not prove to be its.
	_, html, _ := get(t, s, "/console?application=T_1kwjq0gTKGW6-g4O8OF")
	if !strings.Contains(html, "mai@example.com") || strings.Contains(html, "Ledger service") {
		t.Error("the requests of one application are not those")
	}
	for _, a := range applications(t, s) {
		if a.Name != "Ledger service" {
			continue
		}
		for _, path := range []string{"/console?application=" + a.ID, "/console/applications/" + a.ID} {
			if _, html, _ := get(t, s, path); !strings.Contains(html, "The client secret is wrong") || strings.Contains(html, "mai@example.com") {
				t.Errorf("%s does not show the application's requests", path)
			}
		}
	}
	if _, html, _ := get(t, s, "/console?show=refused"); strings.Contains(html, ">Granted</span>") {
		t.Error("the refused ones hold a granted one")
	}
}

// TestPages_HoldNoSecret looks for everything secret that the server was given
// or gave, and for what it keeps instead.
func TestPages_HoldNoSecret(t *testing.T) {
	t.Parallel()
	s := start(t)
	issued := tokens(t, s)
	claimed := "a-secret-pasted-into-the-wrong-field"
	ask(t, s, "grant_type", "client_credentials", "client_id", claimed, "client_secret", "x")
	sum := sha256.Sum256([]byte(secret))
	hidden := map[string]string{
		"client secret": secret, "its hash": hex.EncodeToString(sum[:]), "password": password, "password hash": "argon2id",
		"access token": issued["access_token"].(string), "refresh token": issued["refresh_token"].(string),
		"id token": issued["id_token"].(string), "an unknown client id": claimed, "administrator's secret": s.Admin().ClientSecret,
	}
	for _, path := range pages {
		if path == "/console/events" {
			continue
		}
		_, html, _ := get(t, s, path)
		for name, text := range hidden {
			if strings.Contains(html, text) {
				t.Errorf("%s shows the %s", path, name)
			}
		}
	}
}

func TestPages_ThatAreNoneSaySo(t *testing.T) {
	t.Parallel()
	s := start(t)
	for path, want := range map[string]int{
		"/console/nothing": http.StatusNotFound, "/console/applications/nothing": http.StatusNotFound, "/console/static/nothing": http.StatusNotFound,
		"/console/static/..%2fconsole.go": http.StatusNotFound, "/console/": http.StatusSeeOther,
		"/console?application=nothing": http.StatusNotFound, "/console/events?application=nothing": http.StatusNotFound,
	} {
		status, html, _ := get(t, s, path)
		if status != want || (want == http.StatusNotFound && !strings.Contains(html, " not found.</h1>")) {
			t.Errorf("%s returns %d: %s", path, status, html)
		}
	}
}

func TestPages_AreOnlyToBeRead(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, path := range pages {
		for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete} {
			r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != http.StatusMethodNotAllowed {
				t.Errorf("%s %s returns %d", method, path, response.StatusCode)
			}
		}
	}
}

func TestPages_OfLongListsLeadOn(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("suites:\n  - name: S\n    projects:\n      - name: P\n        applications:\n")
	for n := range 120 {
		fmt.Fprintf(&b, "          - {name: application %03d, authenticatorType: client_credentials, clientSecret: %s}\n", n, secret)
	}
	s := testserver.Start(t, testserver.WithConsole(), testserver.WithSeed(b.String()))
	path, seen := "/console/applications", 0
	for range 10 {
		_, html, _ := get(t, s, path)
		seen += strings.Count(html, ">application ")
		_, next, found := strings.Cut(html, `rel="next" href="`)
		if !found {
			break
		}
		next, _, _ = strings.Cut(next, `"`)
		path = "/console/applications" + next
	}
	if seen != 120 {
		t.Errorf("%d applications are shown, want 120", seen)
	}
}

func TestPages_AreNotInTheJournal(t *testing.T) {
	t.Parallel()
	s := start(t)
	get(t, s, "/console/users")
	get(t, s, "/login")
	if n := s.CountRequests("", "/console/**"); n != 0 {
		t.Errorf("%d requests of the console are in the journal", n)
	}
	if n := s.CountRequests("", "/login"); n != 1 {
		t.Errorf("%d sign-in pages are in the journal", n)
	}
}

// watch opens the stream of events and returns its lines.
func watch(t *testing.T, s *testserver.Server, headers ...string) <-chan string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/console/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("the stream returns %d %s", response.StatusCode, response.Header.Get("Content-Type"))
	}
	lines := make(chan string, 10_000)
	go func() {
		defer close(lines)
		defer response.Body.Close()
		for scanner := bufio.NewScanner(response.Body); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	return lines
}

// until reads lines until one begins so, and returns its rest.
func until(t *testing.T, lines <-chan string, prefix string) string {
	t.Helper()
	timeout := time.After(30 * time.Second)
	for {
		select {
		case line, open := <-lines:
			if !open {
				t.Fatalf("the stream ends before %q", prefix)
			}
			if rest, found := strings.CutPrefix(line, prefix); found {
				return rest
			}
		case <-timeout:
			t.Fatalf("no %q in the stream", prefix)
		}
	}
}

func TestEvents_GoOnWhereABrowserWas(t *testing.T) {
	t.Parallel()
	s := start(t)
	lines := watch(t, s)
	until(t, lines, "event: anew") // a client without a mark has an old page
	mark := ""
	tokens(t, s)
	if row := until(t, lines, "data: <tr"); !strings.Contains(row, "Nightly settlement") {
		t.Errorf("the event is %s", row)
	}
	mark = until(t, lines, "id: ")

	ask(t, s, "grant_type", "client_credentials", "client_id", serviceClient, "client_secret", secret)
	again := watch(t, s, "Last-Event-ID", mark)
	if row := until(t, again, "data: <tr"); !strings.Contains(row, "Ledger service") {
		t.Errorf("what came meanwhile is %s", row)
	}
	until(t, watch(t, s, "Last-Event-ID", "another-server's.17"), "event: anew")
}

func TestEvents_ResetBeginsAnewAndWaitsForNoBrowser(t *testing.T) {
	t.Parallel()
	s := start(t)
	lines := watch(t, s)
	until(t, lines, "event: anew")
	done := make(chan error, 1)
	go func() { done <- s.Reset(context.Background()) }()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("Reset waits for a browser that watches")
	}
	until(t, lines, "event: anew")
}

func TestEvents_EndWithTheServer(t *testing.T) {
	t.Parallel()
	s, err := testserver.New(testserver.WithConsole())
	if err != nil {
		t.Fatal(err)
	}
	lines := watch(t, s)
	until(t, lines, "event: anew")
	started := time.Now()
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("Close waits %s for a browser that watches", took)
	}
	for range lines { // until it ends
	}
}

func TestEvents_ACrowdDoesNotDrownABrowser(t *testing.T) {
	t.Parallel()
	s := start(t)
	lines := watch(t, s)
	until(t, lines, "event: anew")
	for range 300 {
		ask(t, s, "grant_type", "client_credentials", "client_id", serviceClient, "client_secret", secret)
	}
	rows := 0
	for {
		line := until(t, lines, "")
		if strings.HasPrefix(line, "data: <tr") {
			rows++
		}
		if strings.HasPrefix(line, `data: {"granted":300`) {
			break
		}
	}
	if rows == 0 || rows > 300 {
		t.Errorf("%d rows for 300 requests", rows)
	}
}
