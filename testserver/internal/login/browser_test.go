package login_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/tci-pf/terraform-provider-atm/testserver"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/browsertest"
)

const (
	emailField    = chromedp.CSS("form input[name=email]")
	passwordField = chromedp.CSS("form input[name=password]")
	button        = chromedp.CSS("form button")
	shopPage      = chromedp.CSS("#shop")
	alert         = chromedp.CSS("[role=alert]")
)

// client is the application as its OAuth library sees it, discovered from
// nothing but the server's URL.
type client struct {
	oauth2.Config
	ctx      context.Context
	verifier *oidc.IDTokenVerifier
}

func discover(t *testing.T, s *testserver.Server, clientID, redirectURL string) *client {
	t.Helper()
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, s.Client())
	provider, err := oidc.NewProvider(ctx, s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &client{
		Config: oauth2.Config{
			ClientID: clientID, ClientSecret: secret, RedirectURL: redirectURL, Endpoint: provider.Endpoint(),
			Scopes: []string{oidc.ScopeOpenID, "email"},
		},
		ctx:      ctx,
		verifier: provider.VerifierContext(ctx, &oidc.Config{ClientID: clientID, Now: s.Clock.Now}),
	}
}

// exchange turns the code into tokens and verifies the id token.
func (c *client) exchange(t *testing.T, code, nonce string, opts ...oauth2.AuthCodeOption) {
	t.Helper()
	tokens, err := c.Exchange(c.ctx, code, opts...)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	id, err := c.verifier.Verify(c.ctx, raw)
	if err != nil {
		t.Fatal(err)
	}
	if id.Nonce != nonce || id.Subject != "D7aaqWe34vWj_Bd-uuP8N" {
		t.Errorf("the id token has nonce %q and subject %q", id.Nonce, id.Subject)
	}
	if tokens.RefreshToken == "" {
		t.Error("there is no refresh token")
	}
	if _, err := c.Exchange(c.ctx, code, opts...); err == nil {
		t.Error("the code is good twice")
	}
}

func TestBrowser_SignsInAtTheAuthorizationFlow(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	s := start(t, shop, "")
	c := discover(t, s, webClient, shop.URL+"/callback")
	tab := browsertest.Open(t)
	tab.Do(
		chromedp.Navigate(c.AuthCodeURL("of this tab & no other", oidc.Nonce("n-0S6_WzA2Mj"))),
		chromedp.SendKeys(emailField, email),
		chromedp.SendKeys(passwordField, password),
		chromedp.Click(button),
		chromedp.WaitVisible(shopPage),
	)
	response := shop.response(t)
	if response.Get("state") != "of this tab & no other" {
		t.Errorf("the state comes back as %q", response.Get("state"))
	}
	if referrer := browsertest.Script[string](tab, "document.getElementById('referrer').textContent + document.referrer"); referrer != "" {
		t.Errorf("the application learns the sign-in page's address: %s", referrer)
	}
	c.exchange(t, response.Get("code"), "n-0S6_WzA2Mj")
}

func TestBrowser_SignsInAtThePKCEFlow(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	s := start(t, shop, "")
	c := discover(t, s, pkceClient, shop.URL+"/callback?from=atm")
	verifier := oauth2.GenerateVerifier()
	tab := browsertest.Open(t)
	tab.Do(
		chromedp.Navigate(c.AuthCodeURL("xyz", oauth2.S256ChallengeOption(verifier), oidc.Nonce("once"))),
		chromedp.SendKeys(emailField, email),
		chromedp.SendKeys(passwordField, password),
		chromedp.Click(button),
		chromedp.WaitVisible(shopPage),
	)
	response := shop.response(t)
	if response.Get("from") != "atm" || response.Get("state") != "xyz" {
		t.Errorf("the redirect URL's own query is not kept: %v", response)
	}
	if _, err := c.Exchange(c.ctx, strings.Repeat("x", 50), oauth2.VerifierOption(verifier)); err == nil {
		t.Error("a code that was never given is exchanged")
	}
	c.exchange(t, response.Get("code"), "once", oauth2.VerifierOption(verifier))
}

func TestBrowser_AWrongPasswordIsSaidAndCorrected(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	s := start(t, shop, "")
	tab := browsertest.Open(t)
	tab.Expect("status of 403")
	tab.Do(
		chromedp.Navigate(s.URL+"/login?clientId="+webClient),
		chromedp.SendKeys(emailField, "  "+strings.ToUpper(email)),
		chromedp.SendKeys(passwordField, "not the password"),
		chromedp.Click(button),
		chromedp.WaitVisible(alert),
	)
	if said := browsertest.Get(tab, chromedp.Text(alert)); said != "The email address or the password is wrong." {
		t.Errorf("the page says %q", said)
	}
	if title := browsertest.Get(tab, chromedp.Title()); !strings.HasPrefix(title, "Not signed in") {
		t.Errorf("the title is %q", title)
	}
	if kept := browsertest.Get(tab, chromedp.Value(passwordField)); kept != "" {
		t.Error("the page repeats the password")
	}
	for _, control := range tab.Controls() {
		if control.Role == "textbox" && (!control.Invalid || control.Description != "The email address or the password is wrong.") {
			t.Errorf("assistive technology is not told of the problem: %+v", control)
		}
	}
	// The email address is kept, and the password has the focus.
	tab.Do(chromedp.KeyEvent(password+kb.Enter), chromedp.WaitVisible(shopPage))
	if shop.response(t).Get("code") == "" {
		t.Error("there is no code")
	}
}

func TestBrowser_SignsInByKeyboardOnly(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	s := start(t, shop, "")
	tab := browsertest.Open(t)
	focused := func() string {
		return browsertest.Script[string](tab, "document.activeElement.name || document.activeElement.tagName")
	}
	tab.Do(chromedp.Navigate(s.URL+"/login?clientId="+webClient), chromedp.WaitReady(emailField))
	tab.Wait("the email address has the focus", func() bool { return focused() == "email" })
	tab.Do(chromedp.KeyEvent(email + kb.Tab))
	if at := focused(); at != "password" {
		t.Errorf("after the email address comes %s", at)
	}
	tab.Do(chromedp.KeyEvent(password + kb.Tab))
	if at := focused(); at != "BUTTON" {
		t.Errorf("after the password comes %s", at)
	}
	outline := browsertest.Script[string](tab, "getComputedStyle(document.activeElement).outlineStyle")
	if outline == "none" {
		t.Error("the focus is not seen")
	}
	tab.Do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(shopPage))
}

func TestBrowser_WorksWithoutJavaScript(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	s := start(t, shop, "")
	tab := browsertest.Open(t, browsertest.NoScripts)
	tab.Do(
		chromedp.Navigate(s.URL+"/login?clientId="+webClient+"&login_hint="+email),
		chromedp.SendKeys(passwordField, password+kb.Enter),
		chromedp.WaitVisible(shopPage),
	)
	if shop.response(t).Get("code") == "" {
		t.Error("there is no code")
	}
}

// TestBrowser_TheApplicationMaySendTheBrowserOn: browsers hold each redirect of
// a form's response against the page's policy, also those of the application.
func TestBrowser_TheApplicationMaySendTheBrowserOn(t *testing.T) {
	t.Parallel()
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>Front</title><h1 id=front>In</h1>"))
	}))
	t.Cleanup(front.Close)
	shop := openShop(t)
	shop.next = front.URL + "/"
	s := start(t, shop, front.URL)
	tab := browsertest.Open(t)
	tab.Do(
		chromedp.Navigate(s.URL+"/login?clientId="+webClient),
		chromedp.SendKeys(emailField, email),
		chromedp.SendKeys(passwordField, password+kb.Enter),
		chromedp.WaitVisible(chromedp.CSS("#front")),
	)
}

func TestBrowser_DenyTellsTheApplication(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]browsertest.Option{"with scripts": nil, "without": {browsertest.NoScripts}} {
		shop := openShop(t)
		s := start(t, shop, "")
		tab := browsertest.Open(t, options...)
		tab.Do(
			chromedp.Navigate(s.URL+"/login?clientId="+webClient+"&state=abc"),
			chromedp.Click(chromedp.CSS("button[name=deny]")),
			chromedp.WaitVisible(shopPage),
		)
		if back := shop.response(t); back.Get("error") != "access_denied" || back.Get("state") != "abc" || back.Get("iss") != s.URL {
			t.Errorf("%s: it comes back with %v", name, back)
		}
	}
}

func TestBrowser_FormPostReturnsWithAndWithoutScripts(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]browsertest.Option{"with scripts": nil, "without": {browsertest.NoScripts}} {
		shop := openShop(t)
		s := start(t, shop, "")
		c := discover(t, s, webClient, shop.URL+"/callback")
		tab := browsertest.Open(t, options...)
		tab.Do(
			chromedp.Navigate(c.AuthCodeURL("xyz", oidc.Nonce("once"), oauth2.SetAuthURLParam("response_mode", "form_post"))),
			chromedp.SendKeys(emailField, email),
			chromedp.SendKeys(passwordField, password+kb.Enter),
		)
		if len(options) > 0 {
			tab.Do(chromedp.WaitVisible(chromedp.CSS("form[action$=callback]")), chromedp.Click(button))
		}
		tab.Do(chromedp.WaitVisible(shopPage))
		response := shop.response(t)
		if response.Get("state") != "xyz" || response.Get("iss") != s.URL || response.Get("origin_of_the_form") != s.URL {
			t.Errorf("%s: it comes back with %v", name, response)
		}
		c.exchange(t, response.Get("code"), "once")
	}
}

// The browser sends the application's form from another origin, without the
// cookie of this server (SameSite).
func TestBrowser_SignsInAtTheRequestOfAForm(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	s := start(t, shop, "")
	shop.ask = `<!doctype html><title>Shop</title><form method="post" action="` + s.URL + `/login">` +
		`<input type="hidden" name="client_id" value="` + webClient + `"><input type="hidden" name="response_type" value="code">` +
		`<input type="hidden" name="state" value="xyz"><button>Sign in</button></form>`
	tab := browsertest.Open(t)
	tab.Do(
		chromedp.Navigate(strings.Replace(shop.URL, "127.0.0.1", "localhost", 1)+"/ask"),
		chromedp.Click(button),
		chromedp.WaitVisible(passwordField),
		chromedp.SendKeys(emailField, email),
		chromedp.SendKeys(passwordField, password+kb.Enter),
		chromedp.WaitVisible(shopPage),
	)
	if response := shop.response(t); response.Get("code") == "" || response.Get("state") != "xyz" {
		t.Errorf("it comes back with %v", response)
	}
}

func TestBrowser_AssistiveTechnologyFindsEverythingNamed(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	s := start(t, shop, "")
	tab := browsertest.Open(t)
	tab.Do(chromedp.Navigate(s.URL+"/login?clientId="+webClient), chromedp.WaitReady(emailField))
	if lang := browsertest.Script[string](tab, "document.documentElement.lang"); lang != "en" {
		t.Errorf("the language is %q", lang)
	}
	var found []string
	for _, c := range tab.Controls() {
		if c.Focusable && c.Name == "" {
			t.Errorf("a %s has no name", c.Role)
		}
		found = append(found, c.Role+" "+c.Name)
	}
	for _, want := range []string{"heading Sign in to Web shop", "textbox Email address", "textbox Password", "button Sign in", "button Deny"} {
		if !slices.Contains(found, want) {
			t.Errorf("%q is not among %q", want, found)
		}
	}
	for selector, want := range map[chromedp.CSS]string{emailField: "username", passwordField: "current-password"} {
		if got := browsertest.Get(tab, chromedp.AttributeValue(selector, "autocomplete")); got.Value != want {
			t.Errorf("%s has autocomplete %q", selector, got.Value)
		}
	}
}

func TestBrowser_IsReadableOnAPhoneInLightAndDark(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	s := start(t, shop, "")
	for name, scheme := range map[string]browsertest.Option{"light": browsertest.Light, "dark": browsertest.Dark} {
		tab := browsertest.Open(t, browsertest.Phone, scheme)
		tab.Expect("status of 4")
		tab.Do(
			chromedp.Navigate(s.URL+"/login?clientId="+webClient+"&login_hint="+strings.Repeat("long", 30)+"@example.com"),
			chromedp.SendKeys(passwordField, "wrong password"+kb.Enter),
			chromedp.WaitVisible(alert),
		)
		look(t, name, tab)
		if size := browsertest.Script[float64](tab, "parseFloat(getComputedStyle(document.querySelector('input[type=email]')).fontSize)"); size < 16 {
			t.Errorf("%s: at %v px, phones zoom into the field", name, size)
		}
		tab.Do(chromedp.Navigate(s.URL+"/login?clientId="+m2mClient), chromedp.WaitVisible(alert))
		look(t, name, tab)
	}
}

func look(t *testing.T, name string, tab *browsertest.Tab) {
	t.Helper()
	if over, element := tab.Overflows(); over > 0 {
		t.Errorf("%s: the page is %d pixels wider than the phone: %s", name, over, element)
	}
	if ratio, text := tab.Contrast(); ratio < 4.5 {
		t.Errorf("%s: %q has a contrast of %.1f, want 4.5", name, text, ratio)
	}
}
