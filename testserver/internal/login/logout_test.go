package login_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// idToken signs in at the web shop, and returns the id token.
func idToken(t *testing.T, s *testserver.Server, redirectURL string) string {
	t.Helper()
	back := location(t, visit(t, s).signIn(opened, email, password))
	c := discover(t, s, webClient, redirectURL)
	tokens, err := c.Exchange(c.ctx, back.Get("code"), oauth2.SetAuthURLParam("redirect_uri", redirectURL))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	return raw
}

func (v *visitor) logout(method string, params url.Values) shown {
	v.t.Helper()
	target, body := v.server.URL+"/logout", ""
	if method == http.MethodPost {
		body = params.Encode()
	} else {
		target += "?" + params.Encode()
	}
	r, err := http.NewRequestWithContext(v.t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return v.do(r)
}

func TestLogout_LeadsBackToTheApplicationOrShowsAPage(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	s := start(t, shop, "")
	v := visit(t, s)
	hint := idToken(t, s, shop.URL+"/callback")
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for name, c := range map[string]struct {
			params url.Values
			status int
			says   string
		}{
			"back":         {url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {shop.URL + "/callback"}, "state": {"x"}}, 303, ""},
			"a page":       {url.Values{"id_token_hint": {hint}}, 200, "Your sign-in to Web shop has ended."},
			"nothing":      {url.Values{}, 200, "This server keeps no sessions."},
			"foreign URL":  {url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {"https://evil.example.com"}}, 400, "not one of the application"},
			"foreign hint": {url.Values{"id_token_hint": {"a.b.c"}, "post_logout_redirect_uri": {shop.URL + "/callback"}}, 400, "not an id token of this server"},
		} {
			response := v.logout(method, c.params)
			if response.StatusCode != c.status || !strings.Contains(response.html, c.says) || strings.Contains(response.html, "evil.example.com") {
				t.Errorf("%s, %s: returns %s: %s", method, name, response.Status, response.html)
			}
			if got := response.Header.Get("Location"); (got != "") != (c.status == 303) || (got != "" && got != shop.URL+"/callback?state=x") {
				t.Errorf("%s, %s: leads to %s", method, name, got)
			}
			if c.status == 400 && !strings.Contains(response.html, "<h1>Sign-out is not possible</h1>") {
				t.Errorf("%s, %s: the page is %s", method, name, response.html)
			}
			if response.Header.Get("Cache-Control") != "no-store" || response.Header.Get("Content-Security-Policy") == "" {
				t.Errorf("%s, %s: the headers are %v", method, name, response.Header)
			}
		}
	}
	if response := v.logout(http.MethodHead, url.Values{"id_token_hint": {hint}}); response.StatusCode != 405 || response.Header.Get("Allow") != "GET, POST" {
		t.Errorf("HEAD returns %s", response.Status)
	}
}
