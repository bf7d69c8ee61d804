package testserver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
)

// team is several servers on one database, behind a proxy that sends each
// request to the next of them.
type team struct {
	replicas []*testserver.Server
	// front is one of them, for what is asked inside the process; url is the
	// proxy's, and the issuer.
	front    *testserver.Server
	url      string
	database string
	client   *http.Client
}

// teamSeed adds to the usual seed an application with a sign-in page, and one
// that lets clients repeat a refresh whose response they lost.
const teamSeed = `
suites:
  - name: Shop
    projects:
      - name: Checkout
        users:
          - { id: D7aaqWe34vWj_Bd-uuP8N, email: admin@gmail.com, firstName: Thong, role: system_user, password: correct horse battery }
        applications:
          - id: T_1kwjq0gTKGW6-g4O8OF
            name: Worker
            authenticatorType: user_credentials
            clientId: NmN78x6DMfde1XRx9hQg
            clientSecret: &secret ` + workerSecret + `
            users: [{ email: admin@gmail.com }]
          - name: Forgiving
            authenticatorType: user_credentials
            clientId: forgivingforgivingfo
            clientSecret: *secret
            refreshTokenGracePeriod: 60
            users: [{ email: admin@gmail.com }]
          - name: Pages
            authenticatorType: authorization_code
            clientId: webwebwebwebwebwebwe
            clientSecret: *secret
            redirectUrls: [https://app.example.com/callback]
            users: [{ email: admin@gmail.com }]
`

func newTeam(t *testing.T, n int, opts ...testserver.Option) team {
	t.Helper()
	var targets []*url.URL
	var turn atomic.Int64
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	proxy := httptest.NewServer(&httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(targets[int(turn.Add(1))%len(targets)])
	}})
	t.Cleanup(transport.CloseIdleConnections)
	t.Cleanup(proxy.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	made := team{url: proxy.URL, database: postgrestest.URL(t), client: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 100}, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	t.Cleanup(made.client.CloseIdleConnections)
	opts = append([]testserver.Option{
		testserver.WithDatabaseURL(made.database), testserver.WithSeed(teamSeed), testserver.WithPublicURL(proxy.URL),
		testserver.WithAdmin(testserver.Admin{
			ClientID: "administrator", ClientSecret: "qmEVDTGrf2WC0CDAOAoDJqGBeBlun084", LoginID: "root@example.com",
		}),
	}, opts...)
	for range n {
		s := testserver.Start(t, opts...)
		target, err := url.Parse(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		made.replicas, targets = append(made.replicas, s), append(targets, target)
	}
	made.front = made.replicas[0]
	return made
}

// ask sends a request through the proxy. Headers are names and values in turn.
func (m team) ask(ctx context.Context, method, path, body string, headers ...string) (response, error) {
	r, err := http.NewRequestWithContext(ctx, method, m.url+path, strings.NewReader(body))
	if err != nil {
		return response{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	got, err := m.client.Do(r)
	if err != nil {
		return response{}, err
	}
	defer got.Body.Close()
	var content bytes.Buffer
	_, err = content.ReadFrom(got.Body)
	return response{got.StatusCode, got.Header, bytes.TrimSpace(content.Bytes())}, err
}

// want is ask for a request that must end with a status.
func (m team) want(t *testing.T, status int, method, path, body string, headers ...string) response {
	t.Helper()
	got, err := m.ask(t.Context(), method, path, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	if got.status != status {
		t.Fatalf("%s %s: %d, want %d", method, path, got.status, status)
	}
	return got
}

// inParallel sends the same request n times at once through the proxy.
func (m team) inParallel(t *testing.T, n int, method, path, body string, headers ...string) []response {
	t.Helper()
	responses := make([]response, n)
	var ready, all sync.WaitGroup
	ready.Add(n)
	for i := range n {
		all.Go(func() {
			ready.Done()
			ready.Wait()
			var err error
			if responses[i], err = m.ask(t.Context(), method, path, body, headers...); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	return responses
}

// signIn signs the user in at an application of the User Credentials type.
func (m team) signIn(t *testing.T, clientID string) response {
	t.Helper()
	return m.want(t, http.StatusOK, http.MethodPost, "/auth/token", strings.Replace(workerSignIn, "NmN78x6DMfde1XRx9hQg", clientID, 1))
}

// refreshOf is the body of a refresh in ATM's own form.
func refreshOf(t *testing.T, clientID string, tokens response) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{
		"grantType": "refresh_token", "clientId": clientID,
		"refresh_token": tokens.field("refresh_token"), "id_token": tokens.field("id_token"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// dead tells that no replica takes an access token any more.
func (m team) dead(t *testing.T, accessToken, clientID string) {
	t.Helper()
	for i, replica := range m.replicas {
		got := send(t.Context(), t, replica, http.MethodPost, "/auth/introspect",
			`{"token":"`+accessToken+`","clientId":"`+clientID+`","clientSecret":"`+workerSecret+`"}`)
		if got.status != http.StatusOK || string(got.body) != `{"active":false}` {
			t.Errorf("replica %d says of a token that is to be dead: %d", i, got.status)
		}
	}
}

// generations returns what the database has counted for the family of an
// access token: the family's own counter, and those of its used tokens.
func (m team) generations(t *testing.T, accessToken string) (counter int64, used []int64) {
	t.Helper()
	jti, _ := claimsOf(t, accessToken)["jti"].(string)
	family, _, _ := strings.Cut(jti, ".")
	conn, err := pgx.Connect(t.Context(), m.database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if err := conn.QueryRow(t.Context(), "SELECT generation FROM refresh_families WHERE id = $1", family).Scan(&counter); err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(t.Context(), "SELECT generation FROM used_refresh_tokens WHERE family_id = $1 ORDER BY generation", family)
	if err != nil {
		t.Fatal(err)
	}
	if used, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil {
		t.Fatal(err)
	}
	return counter, used
}

// counted wants n generations, without gap or duplicate.
func (m team) counted(t *testing.T, accessToken string, n int) {
	t.Helper()
	want := make([]int64, n)
	for i := range want {
		want[i] = int64(i)
	}
	if counter, used := m.generations(t, accessToken); counter != int64(n) || !slices.Equal(used, want) {
		t.Errorf("the family counts %d, its used tokens %v; want %d and 0 to %d", counter, used, n, n-1)
	}
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// code signs in on the sign-in page, whose form one replica serves and another
// takes.
func (m team) code(t *testing.T) string {
	t.Helper()
	page := m.want(t, http.StatusOK, http.MethodGet, "/login?clientId=webwebwebwebwebwebwe", "")
	form := url.Values{"email": {"admin@gmail.com"}, "password": {"correct horse battery"}}
	for _, field := range hiddenField.FindAllStringSubmatch(string(page.body), -1) {
		form.Set(field[1], field[2])
	}
	got := m.want(t, http.StatusSeeOther, http.MethodPost, "/login", form.Encode(),
		"Content-Type", "application/x-www-form-urlencoded", "Origin", m.url)
	back, err := url.Parse(got.header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" {
		t.Fatalf("the page sends the browser to %s", back.Redacted())
	}
	return back.Query().Get("code")
}

// exchangeOf is the body of a code's exchange.
func exchangeOf(code string) string {
	return `{"grant_type":"authorization_code","client_id":"webwebwebwebwebwebwe","client_secret":"` + workerSecret + `","code":"` + code + `"}`
}
