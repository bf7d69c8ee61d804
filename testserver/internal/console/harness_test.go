package console_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

const (
	secret   = "480nulBeBGqJDoAOADC0CW2frGTDVEmq"
	email    = "admin@gmail.com"
	password = "correct horse battery"

	m2mClient     = "NmN78x6DMfde1XRx9hQg"
	serviceClient = "DwSljVC4Ycr5YAv2Qbkf"
	webClient     = "Wh7cQ2xTz9LmB4kVn1Rd"
)

const seed = `
suites:
  - name: Payments
    projects:
      - name: Checkout
        users:
          - {id: D7aaqWe34vWj_Bd-uuP8N, email: admin@gmail.com, firstName: Thong, lastName: Nguyen, role: system_user, password: correct horse battery}
          - {email: mai@example.com, firstName: Mai, lastName: Tran, role: system_user, password: correct horse battery}
          - {email: former@example.com, firstName: Former, lastName: Colleague, role: system_user, enabled: false}
        applications:
          - name: Nightly settlement
            id: T_1kwjq0gTKGW6-g4O8OF
            authenticatorType: user_credentials
            clientId: NmN78x6DMfde1XRx9hQg
            clientSecret: &secret 480nulBeBGqJDoAOADC0CW2frGTDVEmq
            users: [{email: admin@gmail.com}, {email: mai@example.com, enabled: false}, {email: former@example.com}]
          - name: Ledger service
            authenticatorType: client_credentials
            clientId: DwSljVC4Ycr5YAv2Qbkf
            clientSecret: *secret
          - name: Web shop
            authenticatorType: authorization_code
            clientId: Wh7cQ2xTz9LmB4kVn1Rd
            clientSecret: *secret
            redirectUrls: ["https://shop.example.com/callback"]
            allowedOrigins: ["https://shop.example.com"]
            users: [{email: admin@gmail.com}, {email: mai@example.com}]
      - name: Operations
        users:
          - {email: root@example.com, firstName: Rosa, lastName: Root, role: super_admin, password: correct horse battery}
          - {email: suite@example.com, firstName: Sui, lastName: Te, role: suite_admin, password: correct horse battery}
`

func start(t *testing.T, opts ...testserver.Option) *testserver.Server {
	t.Helper()
	return testserver.Start(t, append([]testserver.Option{testserver.WithSeed(seed), testserver.WithConsole()}, opts...)...)
}

// ask asks the token endpoint; names and values alternate.
func ask(t *testing.T, s *testserver.Server, fields ...string) map[string]any {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/auth/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var members map[string]any
	if err := json.NewDecoder(response.Body).Decode(&members); err != nil {
		t.Fatal(err)
	}
	return members
}

// tokens issues tokens for the user.
func tokens(t *testing.T, s *testserver.Server) map[string]any {
	t.Helper()
	got := ask(t, s, "grant_type", "user_credentials", "client_id", m2mClient, "client_secret", secret, "login_id", email)
	if got["access_token"] == nil {
		t.Fatalf("no tokens: %v", got)
	}
	return got
}

// get reads a page; headers alternate, Host among them.
func get(t *testing.T, s *testserver.Server, path string, headers ...string) (status int, html string, header http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	client := *s.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body), response.Header
}

func body(t *testing.T, response *http.Response) string {
	t.Helper()
	html, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(html)
}

// manage asks the management API as the administrator.
func manage(t *testing.T, s *testserver.Server, method, path, payload string) []byte {
	t.Helper()
	token, err := s.Admin().Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+"/api/v1"+path, strings.NewReader(payload))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	switch method {
	case http.MethodPatch:
		r.Header.Set("Content-Type", "application/merge-patch+json")
	case http.MethodPost:
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	got := body(t, response)
	if response.StatusCode >= 300 {
		t.Fatalf("%s %s returns %d: %s", method, path, response.StatusCode, got)
	}
	return []byte(got)
}

func userID(t *testing.T, s *testserver.Server, email string) string {
	t.Helper()
	var list struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(manage(t, s, http.MethodGet, "/users?email="+url.QueryEscape(email), ""), &list); err != nil || len(list.Items) != 1 {
		t.Fatalf("user %s: %v", email, err)
	}
	return list.Items[0].ID
}

func applications(t *testing.T, s *testserver.Server) []struct{ ID, Name string } {
	t.Helper()
	var list struct{ Items []struct{ ID, Name string } }
	if err := json.Unmarshal(manage(t, s, http.MethodGet, "/applications", ""), &list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}
