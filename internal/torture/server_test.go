package torture_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// behind reads the server without the provider and its client.
type behind struct {
	*testing.T
	server *testserver.Server
	token  *adminToken
}

// adminToken is used for a minute: signing is most of the time of a cell.
type adminToken struct {
	text   string
	issued time.Time
}

func (b behind) admin() string {
	b.Helper()
	if now := b.server.Clock.Now(); now.Sub(b.token.issued) > time.Minute {
		text, err := b.server.Admin().Token(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		*b.token = adminToken{text, now}
	}
	return b.token.text
}

func (b behind) send(method, path, contentType, body string, headers ...string) (*http.Response, string) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), method, b.server.URL+path, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	if strings.HasPrefix(path, "/api/") {
		r.Header.Set("Authorization", "Bearer "+b.admin())
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	got, err := http.DefaultTransport.RoundTrip(r) // follows no redirect
	if err != nil {
		b.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		b.Fatal(err)
	}
	return got, string(text)
}

// listing is everything that the server contains, a line for each object, with
// names for ids and without what no configuration says. secretVersion stays: it
// counts rotations.
func (b behind) listing() []string {
	b.Helper()
	var lines []string
	names := map[any]any{} // of ids
	for _, collection := range []string{"suites", "projects", "applications", "users", "application-users"} {
		got, body := b.send(http.MethodGet, "/api/v1/"+collection+"?limit=500", "", "")
		var page struct{ Items []map[string]any }
		if err := json.Unmarshal([]byte(body), &page); err != nil || got.StatusCode != http.StatusOK {
			b.Fatalf("listing %s: %d %s", collection, got.StatusCode, body)
		}
		for _, item := range page.Items {
			if id, ok := item["id"].(string); ok {
				names[id] = cmp.Or(item["name"], item["email"])
			}
			for _, name := range []string{"id", "etag", "createdAt", "updatedAt", "clientId"} {
				delete(item, name)
			}
			for _, reference := range []string{"suiteId", "projectId", "applicationId", "userId"} {
				if id, ok := item[reference].(string); ok {
					item[reference] = names[id]
				}
			}
			line, err := json.Marshal(item)
			if err != nil {
				b.Fatal(err)
			}
			lines = append(lines, collection+" "+string(line))
		}
	}
	slices.Sort(lines)
	return lines
}

func (b behind) sameListing(when string, got, want []string) {
	b.Helper()
	for _, line := range got {
		if !slices.Contains(want, line) {
			b.Errorf("%s the server contains also %s", when, line)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			b.Errorf("%s the server does not contain %s", when, line)
		}
	}
	if len(got) != len(want) {
		b.Errorf("%s the server contains %d objects, want %d", when, len(got), len(want))
	}
}

var secretVersion = regexp.MustCompile(`"secretVersion":\d+`)

// unversioned is a listing without the numbers of rotations.
func unversioned(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = secretVersion.ReplaceAllString(line, "")
	}
	return out
}

// authenticates reports whether ATM accepts a client secret, at an endpoint that
// is open to every type of application.
func (b behind) authenticates(clientID, secret string) bool {
	b.Helper()
	form := url.Values{"client_id": {clientID}, "client_secret": {secret}, "token": {"none"}}
	got, _ := b.send(http.MethodPost, "/auth/introspect", "application/x-www-form-urlencoded", form.Encode())
	return got.StatusCode == http.StatusOK
}

// active reports whether the token of the worker is valid.
func (b behind) active(token string) bool {
	b.Helper()
	form := url.Values{"client_id": {workerClient}, "client_secret": {workerSecret}, "token": {token}}
	_, body := b.send(http.MethodPost, "/auth/introspect", "application/x-www-form-urlencoded", form.Encode())
	return bytes.Contains([]byte(body), []byte(`"active":true`))
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// signsIn reports whether the user can sign in at the sign-in page, after it
// assigned the user to the application of that page.
func (b behind) signsIn(userID, email, password string) bool {
	b.Helper()
	b.send(http.MethodPut, "/api/v1/applications/web-of-the-tests-0001/users/"+userID, "application/json", `{}`)
	page, body := b.send(http.MethodGet, "/login?clientId="+webClient, "", "")
	form := url.Values{"email": {email}, "password": {password}}
	for _, field := range hiddenField.FindAllStringSubmatch(body, -1) {
		form.Set(field[1], field[2])
	}
	var cookies []string
	for _, cookie := range page.Cookies() {
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}
	got, _ := b.send(http.MethodPost, "/login", "application/x-www-form-urlencoded", form.Encode(),
		"Origin", b.server.URL, "Cookie", strings.Join(cookies, "; "))
	return got.StatusCode == http.StatusSeeOther
}
