package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	pagesClient   = "webwebwebwebwebwebwe"
	pagesPassword = "correct horse battery"
)

// pagesSeed writes a seed with a user who signs in on the sign-in page.
func pagesSeed(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "seed.yaml")
	err := os.WriteFile(file, []byte(`
suites:
  - name: Shop
    projects:
      - name: Checkout
        users:
          - { email: admin@gmail.com, firstName: Thong, role: system_user, password: `+pagesPassword+` }
        applications:
          - name: Pages
            authenticatorType: authorization_code
            clientId: `+pagesClient+`
            clientSecret: `+adminSecret+`
            redirectUrls: [https://app.example.com/callback]
            users: [{ email: admin@gmail.com }]
`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// codes are two that the server had issued before it was killed: one is not
// used, the other is exchanged at that moment.
type codes struct {
	left, raced string
	// exchanged reports whether the exchange got a response.
	exchanged bool
}

func newCodes(t *testing.T, l *load) *codes {
	t.Helper()
	return &codes{left: l.code(t), raced: l.code(t)}
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// code signs in on the sign-in page.
func (l *load) code(t *testing.T) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Transport: l.client.Transport, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	status, page, err := call(t.Context(), browser, http.MethodGet, l.ready.Endpoint+"/login?clientId="+pagesClient, "", "")
	if err != nil || status != http.StatusOK {
		t.Fatalf("sign-in page: %d %v", status, err)
	}
	form := url.Values{"email": {"admin@gmail.com"}, "password": {pagesPassword}}
	for _, field := range hiddenField.FindAllSubmatch(page, -1) {
		form.Set(string(field[1]), string(field[2]))
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, l.ready.Endpoint+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := browser.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	back, err := url.Parse(response.Header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" {
		t.Fatalf("sign-in: %d", response.StatusCode)
	}
	return back.Query().Get("code")
}

// exchange returns the status and the error code of the response.
func (l *load) exchange(ctx context.Context, code string) (status int, refusal string, err error) {
	status, body, err := call(ctx, l.client, http.MethodPost, l.ready.Endpoint+"/auth/token", "",
		`{"grant_type":"authorization_code","client_id":"`+pagesClient+`","client_secret":"`+adminSecret+`","code":"`+code+`"}`)
	if err != nil {
		return 0, "", err
	}
	var response tokens
	err = json.NewDecoder(bytes.NewReader(body)).Decode(&response)
	return status, response.Error, err
}

func (c *codes) race(ctx context.Context, l *load) {
	status, refusal, err := l.exchange(ctx, c.raced)
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.exchanged = err == nil && status == http.StatusOK; !c.exchanged {
		l.expectOutage("exchange a code: "+refusal, status, err)
	}
}

// check uses both codes, and both again.
func (c *codes) check(t *testing.T, l *load) {
	t.Helper()
	for _, use := range []struct {
		what, code    string
		grant, refuse bool // what may be returned
	}{
		{"a code that was left alone", c.left, true, false},
		{"the same, used", c.left, false, true},
		{"a code that was exchanged before", c.raced, !c.exchanged, true},
		{"the same, once more", c.raced, false, true},
	} {
		status, refusal, err := l.exchange(t.Context(), use.code)
		granted, refused := status == http.StatusOK, status == http.StatusBadRequest && refusal == "invalid_grant"
		if err != nil || granted && !use.grant || refused && !use.refuse || !granted && !refused {
			t.Fatalf("%s: %d %s %v", use.what, status, refusal, err)
		}
	}
}
