package testserver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// response is one, read whole.
type response struct {
	status int
	header http.Header
	body   []byte
}

// field returns a member of a JSON object.
func (a response) field(name string) string {
	var object map[string]any
	if err := json.Unmarshal(a.body, &object); err != nil {
		return ""
	}
	text, _ := object[name].(string)
	return text
}

// bool returns a member of a JSON object.
func (a response) bool(name string) bool {
	var object map[string]any
	if err := json.Unmarshal(a.body, &object); err != nil {
		return false
	}
	value, _ := object[name].(bool)
	return value
}

// list returns a member of a JSON object that is a list of objects.
func (a response) list(name string) []map[string]any {
	var object map[string]any
	if err := json.Unmarshal(a.body, &object); err != nil {
		return nil
	}
	list, _ := object[name].([]any)
	var out []map[string]any
	for _, item := range list {
		out = append(out, item.(map[string]any))
	}
	return out
}

// items returns what is on a page of a list.
func (a response) items() []map[string]any { return a.list("items") }

// ids returns the ids of what is on a page of a list.
func (a response) ids() []string {
	var out []string
	for _, item := range a.items() {
		out = append(out, item["id"].(string))
	}
	return out
}

// try asks a server, with a JSON body unless it is empty.
func try(ctx context.Context, s *testserver.Server, method, path, body string, headers ...string) (response, error) {
	r, err := http.NewRequestWithContext(ctx, method, s.URL+path, strings.NewReader(body))
	if err != nil {
		return response{}, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	got, err := s.Client().Do(r)
	if err != nil {
		return response{}, err
	}
	defer got.Body.Close()
	content, err := io.ReadAll(got.Body)
	return response{got.StatusCode, got.Header, bytes.TrimSpace(content)}, err
}

// send is try for requests that must get a response.
func send(ctx context.Context, t testing.TB, s *testserver.Server, method, path, body string, headers ...string) response {
	t.Helper()
	got, err := try(ctx, s, method, path, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// manage asks the management API as the administrator.
func manage(t testing.TB, s *testserver.Server, method, path, body string) response {
	t.Helper()
	token, err := s.Admin().Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return send(t.Context(), t, s, method, path, body, "Authorization", "Bearer "+token)
}

func TestStart_TheAdministratorSignsInAndManages(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t)
	admin := s.Admin()
	body, err := json.Marshal(map[string]string{
		"clientId": admin.ClientID, "clientSecret": admin.ClientSecret, "loginId": admin.LoginID, "grant_types": "user_credentials",
	})
	if err != nil {
		t.Fatal(err)
	}
	signedIn := send(t.Context(), t, s, http.MethodPost, "/auth/token", string(body))
	if signedIn.status != http.StatusOK {
		t.Fatalf("sign-in: %d %s", signedIn.status, signedIn.body)
	}
	created := send(t.Context(), t, s, http.MethodPost, "/api/v1/suites", `{"name":"payments"}`,
		"Authorization", "Bearer "+signedIn.field("access_token"))
	if created.status != http.StatusCreated {
		t.Fatalf("create: %d %s", created.status, created.body)
	}
	got := manage(t, s, http.MethodGet, "/api/v1/suites/"+created.field("id"), "")
	if got.status != http.StatusOK || got.field("name") != "payments" {
		t.Fatalf("read: %d %s", got.status, got.body)
	}
}

// seeded is a seed with one application of each kind that needs no browser, and
// a user who is enabled for it.
const seeded = `
suites:
  - name: Shop
    projects:
      - name: Checkout
        users:
          - { id: D7aaqWe34vWj_Bd-uuP8N, email: admin@gmail.com, firstName: Thong, role: system_user }
        applications:
          - id: T_1kwjq0gTKGW6-g4O8OF
            name: Worker
            authenticatorType: user_credentials
            clientId: NmN78x6DMfde1XRx9hQg
            clientSecret: ` + workerSecret + `
            users: [{ email: admin@gmail.com }]
          - name: Robot
            authenticatorType: client_credentials
            clientId: DwSljVC4Ycr5YAv2Qbkf
            clientSecret: ` + robotSecret + `
`

const (
	workerSecret = "480nulBeBGqJDoAOADC0CW2frGTDVEmq"
	robotSecret  = "Zq4vT8wLk2Rn6XcBh0JyMf5UeS1dGp9A"
	workerSignIn = `{"clientId":"NmN78x6DMfde1XRx9hQg","clientSecret":"` + workerSecret +
		`","grant_types":"user_credentials","loginId":"admin@gmail.com"}`
)

// signIn returns the response to the worker's sign-in, which must succeed.
func signIn(t testing.TB, s *testserver.Server) response {
	t.Helper()
	got := send(t.Context(), t, s, http.MethodPost, "/auth/token", workerSignIn)
	if got.status != http.StatusOK {
		t.Fatalf("sign-in: %d %s", got.status, got.body)
	}
	return got
}

func TestStart_TheSeedSignsIn(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(seeded))
	if signIn(t, s).field("refresh_token") == "" {
		t.Error("there is no refresh token")
	}
}
