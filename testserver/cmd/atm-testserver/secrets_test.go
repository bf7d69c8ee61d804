package main_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// actor sends requests and remembers what in them and their responses is
// secret.
type actor struct {
	t       *testing.T
	r       ready
	secrets map[string]string // what it is, by the secret
}

func (a *actor) knows(secret, what string) string {
	a.t.Helper()
	if len(secret) < 8 {
		a.t.Fatalf("%s: there is none", what)
	}
	a.secrets[secret] = what
	return secret
}

// do sends a request and returns its status and the members of its response.
func (a *actor) do(method, path, body string, headers ...string) (int, map[string]any) {
	a.t.Helper()
	status, content, err := call(a.t.Context(), http.DefaultClient, method, a.r.Endpoint+path, "", body, headers...)
	if err != nil {
		a.t.Fatal(err)
	}
	var members map[string]any
	_ = json.Unmarshal(content, &members) // not all responses are objects
	return status, members
}

// want is do for a request that must end with a status. It returns a member
// of the response that is a text.
func (a *actor) want(want int, method, path, body string, headers ...string) func(member string) string {
	a.t.Helper()
	status, members := a.do(method, path, body, headers...)
	if status != want {
		a.t.Fatalf("%s %s: %d, want %d", method, path, status, want)
	}
	return func(member string) string {
		text, _ := members[member].(string)
		return text
	}
}

func (a *actor) tokens(body string, headers ...string) (access, refresh, id string) {
	a.t.Helper()
	got := a.want(200, http.MethodPost, "/auth/token", body, headers...)
	access, refresh, id = got("access_token"), got("refresh_token"), got("id_token")
	a.knows(access, "an access token")
	// A log may also show only the last part of a JWT.
	a.knows(access[strings.LastIndex(access, ".")+1:], "an access token's signature")
	if refresh != "" {
		a.knows(refresh, "a refresh token")
		a.knows(id, "an id token")
	}
	return access, refresh, id
}

func object(members ...string) string {
	m := map[string]string{}
	for i := 0; i < len(members); i += 2 {
		m[members[i]] = members[i+1]
	}
	text, err := json.Marshal(m)
	if err != nil {
		panic(err) // only texts
	}
	return string(text)
}

// everything does what callers do, and what they do wrong.
func (a *actor) everything(ctx context.Context, controls string) {
	a.t.Helper()
	admin := []string{"grant_type", "user_credentials", "client_id", a.r.ClientID, "client_secret", adminSecret, "login_id", a.r.LoginID}
	access, refresh, id := a.tokens(object(admin...))
	bearer := []string{"Authorization", "Bearer " + access}
	_, next, _ := a.tokens(object("grantType", "refresh_token", "clientId", a.r.ClientID, "refresh_token", refresh, "id_token", id))

	a.codes(ctx)
	made := a.manage(bearer)
	a.mistakes(bearer, refresh, access)

	basic := base64.StdEncoding.EncodeToString([]byte(a.r.ClientID + ":" + adminSecret))
	a.knows(basic, "HTTP Basic credentials")
	for _, path := range []string{"/auth/introspect", "/auth/revoke"} {
		a.want(200, http.MethodPost, path, "token="+next, "Content-Type", "application/x-www-form-urlencoded", "Authorization", "Basic "+basic)
		a.want(200, http.MethodPost, path, object("token", access, "clientId", a.r.ClientID, "clientSecret", adminSecret))
	}
	a.do(http.MethodPost, "/auth/token", object("grant_type", "client_credentials", "client_id", "unknown", "client_secret", made))

	control := []string{"Authorization", "Bearer " + controls}
	minted := a.want(200, http.MethodPost, "/_test/tokens", `{"claims":{"sub":"x"}}`, control...)("token")
	a.knows(minted, "a minted token")
	a.do(http.MethodGet, "/api/v1/suites", "", "Authorization", "Bearer "+minted)
	a.want(401, http.MethodGet, "/_test/requests", "", "Authorization", "Bearer "+a.knows("not-the-control-token", "a wrong control token"))
	a.want(204, http.MethodPost, "/_test/faults", `{"path":"/auth/token","status":500,"times":1}`, control...)
	a.do(http.MethodPost, "/auth/token", object(admin...))
	status, journal, err := call(ctx, http.DefaultClient, http.MethodGet, a.r.Endpoint+"/_test/requests", "", "", control...)
	if err != nil || status != http.StatusOK {
		a.t.Fatalf("journal: %d %v", status, err)
	}
	a.search("the journal", string(journal))
}

// codes signs in on the page, with a wrong password first, and exchanges.
func (a *actor) codes(ctx context.Context) {
	a.t.Helper()
	l := newLoad(a.r)
	form := url.Values{"client_id": {pagesClient}, "email": {"admin@gmail.com"}, "password": {a.knows("wrong-horse-battery", "a wrong password")}}
	a.do(http.MethodPost, "/login", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	a.do(http.MethodGet, "/login?"+form.Encode(), "")
	for range 2 {
		code := a.knows(l.code(a.t), "a code")
		for range 2 {
			if _, _, err := l.exchange(ctx, code); err != nil {
				a.t.Fatal(err)
			}
		}
	}
	a.do(http.MethodGet, "/login?clientId="+pagesClient+"&code="+a.knows("a-code-that-stands-in-a-query", "a code in a query"), "")
}

// manage makes objects that have secrets, and returns one of those.
func (a *actor) manage(bearer []string) string {
	a.t.Helper()
	suite := a.want(201, http.MethodPost, "/api/v1/suites", `{"name":"Secrets"}`, bearer...)("id")
	project := a.want(201, http.MethodPost, "/api/v1/projects", object("name", "Secrets", "suiteId", suite), bearer...)("id")
	place := []string{"suiteId", suite, "projectId", project}
	key := a.knows("idempotency-key-that-opens-a-secret", "an idempotency key")
	keyed := append([]string{"Idempotency-Key", key}, bearer...)
	application := object(append(place, "name", "Generated", "authenticatorType", "client_credentials")...)
	var generated string
	for range 2 {
		made := a.want(201, http.MethodPost, "/api/v1/applications", application, keyed...)
		generated = a.knows(made("clientSecret"), "a generated client secret")
		application := made("id")
		rotated := a.want(200, http.MethodPost, "/api/v1/applications/"+application+"/secret", `{}`, bearer...)
		a.knows(rotated("clientSecret"), "a rotated client secret")
	}
	given := a.knows("Zq4vT8wLk2Rn6XcBh0JyMf5UeS1dGp9A", "a given client secret")
	a.want(201, http.MethodPost, "/api/v1/applications",
		object(append(place, "name", "Given", "authenticatorType", "client_credentials", "clientSecret", given)...), bearer...)
	a.tokens(object("grant_type", "client_credentials", "client_id", a.clientID("Given", bearer), "client_secret", given))
	user := a.want(201, http.MethodPost, "/api/v1/users", object(append(place, "email", "secret@example.com", "firstName", "S",
		"role", "system_user", "password", a.knows("a password at creation", "a password"))...), bearer...)("id")
	a.want(204, http.MethodPost, "/api/v1/users/"+user+"/password", object("password", a.knows("a password later on", "another password")), bearer...)
	return generated
}

func (a *actor) clientID(name string, bearer []string) string {
	a.t.Helper()
	_, list := a.do(http.MethodGet, "/api/v1/applications?name="+name, "", bearer...)
	items, _ := list["items"].([]any)
	if len(items) != 1 {
		a.t.Fatalf("%d applications are named %s", len(items), name)
	}
	application, _ := items[0].(map[string]any)
	id, _ := application["clientId"].(string)
	return id
}

// mistakes are requests that carry a secret where none belongs.
func (a *actor) mistakes(bearer []string, refresh, access string) {
	a.t.Helper()
	secret := a.knows("hunter2hunter2hunter2hunter2hunt", "a secret in the wrong place")
	q := url.QueryEscape
	for _, path := range []string{
		"/auth/token?client_secret=" + q(secret), "/auth/token?" + q(secret), "/oauth/token?refresh_token=" + q(refresh),
		"/auth/revoke?token=" + q(refresh), "/auth/introspect?token=" + q(access), "/api/v1/suites?access_token=" + q(access),
		"/api/v1/suites?name=x&clientSecret=" + q(secret), "/auth/introspect/" + access, "/_test/clock?token=" + q(secret),
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			status, _ := a.do(method, path, object("client_secret", secret), bearer...)
			if status < 400 {
				a.t.Errorf("%s %s gets %d", method, strings.SplitN(path, "?", 2)[0], status)
			}
		}
	}
	short := a.knows("hunter-2", "a short secret in a path")
	for _, path := range []string{
		"/auth/token/" + short, "/" + short, "/api/v1/suites/" + short, "/api/v1/applications/" + short + "/users/" + short,
		"/console/applications/" + short, "/_test/" + short, "/api/v1/" + short,
	} {
		for _, headers := range [][]string{nil, bearer} {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete, http.MethodPut, http.MethodOptions} {
				a.do(method, path, "", headers...)
			}
		}
	}
	for _, body := range []string{
		`{"client_secret":"` + secret, `{"client_secret":["` + secret + `"]}`, `{"` + secret + `":1}`, secret, `"` + secret + `"`,
		object("name", secret+"/", "suiteId", secret), object("clientSecret", secret, "client_secret", secret+"x", "grant_type", "x"),
		object("password", "short", "email", secret, "role", secret),
	} {
		for _, path := range []string{"/auth/token", "/auth/revoke", "/api/v1/suites", "/api/v1/applications", "/api/v1/users", "/_test/faults"} {
			a.do(http.MethodPost, path, body, bearer...)
		}
		a.do(http.MethodPost, "/auth/token", body, "Content-Type", "text/plain")
	}
	for _, authorization := range []string{"Bearer " + secret, "Basic " + secret, secret, "Basic " + base64.StdEncoding.EncodeToString([]byte(secret))} {
		a.do(http.MethodGet, "/api/v1/suites", "", "Authorization", authorization)
		a.do(http.MethodPost, "/auth/token", `{}`, "Authorization", authorization)
	}
	a.do(http.MethodGet, "/healthz", "", "X-Request-Id", secret+" "+secret, "Cookie", "atm-sign-in="+secret, "User-Agent", secret, "Referer", "http://x/?"+secret)
	a.do("SECRET"+secret, "/auth/token", "")
}

var consoleLink = regexp.MustCompile(`href="([^"#]*)"`)

// console reads every page of the console that a link leads to, and what the
// stream of events begins with.
func (a *actor) console(ctx context.Context) {
	a.t.Helper()
	seen, pages := map[string]bool{}, []string{"/console"}
	for len(pages) > 0 {
		page := pages[0]
		if pages = pages[1:]; seen[page] {
			continue
		}
		seen[page] = true
		from, err := url.Parse(page)
		if err != nil {
			a.t.Fatal(err)
		}
		status, body := get(a.t, a.r.Endpoint+page)
		if status != http.StatusOK {
			a.t.Errorf("%s: %d", page, status)
		}
		a.search(page, body)
		for _, link := range consoleLink.FindAllStringSubmatch(body, -1) {
			if to, err := url.Parse(html.UnescapeString(link[1])); err == nil {
				if to = from.ResolveReference(to); to.Host == "" && strings.HasPrefix(to.Path, "/console") {
					pages = append(pages, to.String())
				}
			}
		}
	}
	if len(seen) < 8 {
		a.t.Errorf("the console has only the pages %v", slices.Sorted(maps.Keys(seen)))
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.r.Endpoint+"/console/events", nil)
	if err != nil {
		a.t.Fatal(err)
	}
	stream, err := http.DefaultClient.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer stream.Body.Close()
	a.do(http.MethodPost, "/auth/token", object("grant_type", "client_credentials", "client_id", a.r.ClientID, "client_secret", adminSecret))
	events, _ := io.ReadAll(stream.Body) // until the time is over
	if len(events) == 0 {
		a.t.Error("the stream of events is empty")
	}
	a.search("the events of the console", string(events))
}

// search tells which secrets a text holds.
func (a *actor) search(where, text string) {
	a.t.Helper()
	for secret, what := range a.secrets {
		if strings.Contains(text, secret) || strings.Contains(text, url.QueryEscape(secret)) {
			a.t.Errorf("%s: %s", where, what)
		}
	}
}

// TestProgram_WritesNoSecretAnywhere does everything that a server can be asked,
// right and wrong, and then looks for each secret that was part of it: in what
// the program printed at its most talkative, in its metrics, journal and console,
// and in the files of its data directory, which hold hashes and what is encrypted.
func TestProgram_WritesNoSecretAnywhere(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			const controls = "control-token-of-the-test-controls"
			masterKey, dir := strings.Repeat("c0ffee11", 8), t.TempDir()
			p, r := start(t, []string{"ATM_TESTSERVER_ADMIN_CLIENT_SECRET=" + adminSecret, "ATM_TESTSERVER_MASTER_KEY=" + masterKey},
				"--data-dir", dir, "--seed", pagesSeed(t), "--test-controls-token", controls, "--console",
				"--log-level", "debug", "--log-format", format)
			r.ClientSecret = adminSecret
			a := &actor{t: t, r: r, secrets: map[string]string{}}
			for secret, what := range map[string]string{
				adminSecret: "the administrator's secret", pagesPassword: "a seed's password", masterKey: "the master key",
				controls: "the control token",
			} {
				a.knows(secret, what)
			}
			a.everything(t.Context(), controls)
			_, metrics := get(t, r.Endpoint+"/metrics")
			a.search("the metrics", metrics)
			a.console(t.Context())
			a.files(dir)
			if err := terminate(p.cmd.Process); err != nil {
				t.Fatal(err)
			}
			if status := p.exit(t); status != 0 {
				t.Errorf("exit status %d", status)
			}
			printed, err := io.ReadAll(p.stdout)
			if err != nil {
				t.Fatal(err)
			}
			a.search("standard output", string(printed))
			a.search("the log", p.stderr.String())
			if lines := strings.Count(p.stderr.String(), "\n"); lines < 100 || len(a.secrets) < 25 {
				t.Errorf("%d lines of log and %d secrets are too few to tell", lines, len(a.secrets))
			}
			a.files(dir)
		})
	}
}

func (a *actor) files(dir string) {
	a.t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		a.t.Fatalf("files %v, %v", files, err)
	}
	private := []byte{0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01} // PKCS #8 of an RSA key (RFC 5208)
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			a.t.Fatal(err)
		}
		a.search(filepath.Base(file), string(content))
		if bytes.Contains(content, private) {
			a.t.Errorf("%s holds a private key that is not encrypted", filepath.Base(file))
		}
	}
}
