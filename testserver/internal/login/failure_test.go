package login_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/clock"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/keys"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/login"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/seed"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// config is that of a page of the applications of the seed, without a server around it.
func config(t *testing.T) login.Config {
	t.Helper()
	s, hasher := storeWithUser(t)
	applications, err := seed.Parse("seed.yaml", []byte(fmt.Sprintf(strings.ReplaceAll(seedText, email, "other@example.com"), "https://shop.example.com", "https://shop.example.com")))
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	if err := applications.Apply(t.Context(), s, hasher, clock.System().Now()); err != nil {
		t.Fatal(err)
	}
	manager, err := keys.Open(t.Context(), keys.Config{Store: s, Pool: &keys.Process, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(manager.Close)
	public := func() string { return "http://atm.example.com" }
	server, err := oauth.New(oauth.Config{Store: s, Keys: manager, PublicURL: public, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	return login.Config{
		Store: s, OAuth: server, Verifier: verifier(s, hasher, nil), PublicURL: public, Logger: quiet,
		Secret: func(context.Context, string) ([]byte, error) { return make([]byte, 32), nil },
	}
}

func TestNew_NamesWhatIsRequired(t *testing.T) {
	t.Parallel()
	complete := config(t)
	if _, err := login.New(complete); err != nil {
		t.Fatal(err)
	}
	for name, remove := range map[string]func(*login.Config){
		"store": func(c *login.Config) { c.Store = nil }, "OAuth": func(c *login.Config) { c.OAuth = nil },
		"verifier": func(c *login.Config) { c.Verifier = nil }, "secret": func(c *login.Config) { c.Secret = nil },
		"public URL": func(c *login.Config) { c.PublicURL = nil },
	} {
		c := complete
		remove(&c)
		if _, err := login.New(c); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

// A fault inside the server returns a page that says so, with no detail of the fault and no cookie.
func TestPage_SaysThatTheServerFailed(t *testing.T) {
	t.Parallel()
	const query = "client_id=" + severalClient + "&redirect_uri=https%3A%2F%2Fshop.example.com%2Fone"
	form := url.Values{"client_id": {severalClient}, "redirect_uri": {"https://shop.example.com/one"}, "email": {email}, "password": {password}}
	for name, tc := range map[string]struct {
		err    error
		status int
	}{
		"the database": {fmt.Errorf("read the key: %w", store.ErrUnavailable), http.StatusServiceUnavailable},
		"a fault":      {errors.New("no such column canary"), http.StatusInternalServerError},
	} {
		c := config(t)
		c.Secret = func(context.Context, string) ([]byte, error) { return nil, tc.err }
		page, err := login.New(c)
		if err != nil {
			t.Fatal(err)
		}
		post := httptest.NewRequest(http.MethodPost, "/login", strings.NewReader(form.Encode()))
		post.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, r := range []*http.Request{httptest.NewRequest(http.MethodGet, "/login?"+query, nil), post} {
			w := httptest.NewRecorder()
			page.ServeHTTP(w, r)
			if body := w.Body.String(); w.Code != tc.status || strings.Contains(body, "canary") || strings.Contains(body, "<form") || len(w.Result().Cookies()) > 0 {
				t.Errorf("%s, %s: %d %v %s", name, r.Method, w.Code, w.Result().Header, body)
			}
			if got := w.Header().Get("Retry-After") != ""; got != (tc.status == http.StatusServiceUnavailable) {
				t.Errorf("%s, %s: Retry-After %q", name, r.Method, w.Header().Get("Retry-After"))
			}
		}
	}
}
