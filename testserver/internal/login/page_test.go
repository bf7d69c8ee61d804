package login_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

const opened = "clientId=" + webClient + "&state=abc"

func TestPage_ASignInLeadsStraightToTheRedirectURL(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	v := visit(t, start(t, shop, ""))
	page := v.get(opened)
	if page.StatusCode != http.StatusOK || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
		t.Fatalf("the page returns %s", page.Status)
	}
	first := page.html[strings.Index(page.html, "<form"):]
	if strings.Index(first, `name="password"`) > strings.Index(first, "</form>") {
		t.Error("the first form is not the sign-in")
	}
	response := v.signIn(opened, email, password)
	to, err := url.Parse(response.Header.Get("Location"))
	if err != nil || response.StatusCode != http.StatusSeeOther {
		t.Fatalf("the sign-in returns %s: %v", response.Status, err)
	}
	query := to.Query()
	if to.Host != strings.TrimPrefix(shop.URL, "http://") || to.Path != "/callback" || len(query.Get("code")) != 50 || query.Get("state") != "abc" {
		t.Errorf("it leads to %s with %d parameters", to.Path, len(query))
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if response.html != "" {
		t.Errorf("the redirect has a body: %s", response.html)
	}
}

func TestPage_ShutsTheBrowsersDoors(t *testing.T) {
	t.Parallel()
	v := visit(t, start(t, openShop(t), ""))
	for name, query := range map[string]string{"form": opened, "explanation": "clientId=unknown"} {
		header := v.get(query).Header
		policy := header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action '"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the policy lacks %s: %s", name, want, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") {
			t.Errorf("%s: the policy is open: %s", name, policy)
		}
		for field, want := range map[string]string{
			"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
		} {
			if got := header.Get(field); got != want {
				t.Errorf("%s: %s is %q", name, field, got)
			}
		}
	}
}

// TestPage_WhoMayNotSignInIsNotToldWhy: a stranger learns nothing, and who has
// the right password not more than that it is of no use here.
func TestPage_WhoMayNotSignInIsNotToldWhy(t *testing.T) {
	t.Parallel()
	v := visit(t, start(t, openShop(t), ""))
	wrong := "The email address or the password is wrong."
	barred := "This account cannot be used with this application. Ask your administrator, or sign in with another account."
	for name, c := range map[string]struct{ email, password, says string }{
		"wrong password":        {email, "another password", wrong},
		"unknown user":          {"nobody@example.com", password, wrong},
		"user without password": {"machine@example.com", password, wrong},
		"a password too long":   {email, strings.Repeat("x", 300), wrong},
		"disabled, wrong":       {"disabled@example.com", "another password", wrong},
		"disabled":              {"disabled@example.com", password, barred},
		"not assigned":          {"unassigned@example.com", password, barred},
		"no email":              {"", password, "Enter your email address."},
		"no password":           {email, "", "Enter your password."},
		"neither":               {" ", "", "Enter your email address and your password."},
	} {
		response := v.signIn(opened, c.email, c.password)
		if response.StatusCode < 400 || response.Header.Get("Location") != "" {
			t.Errorf("%s: returns %s", name, response.Status)
		}
		if said := response.problem(); said != c.says {
			t.Errorf("%s: says %q, want %q", name, said, c.says)
		}
		if c.password != "" && strings.Contains(response.html, c.password) {
			t.Errorf("%s: the page repeats the password", name)
		}
		if v.form(response).Get("state") != "abc" {
			t.Errorf("%s: the authorization request is lost", name)
		}
	}
}

// TestPage_RedirectsOnlyToRegisteredURLs: until application and redirect URL
// are known, what is wrong is shown.
func TestPage_RedirectsOnlyToRegisteredURLs(t *testing.T) {
	t.Parallel()
	v := visit(t, start(t, openShop(t), ""))
	evil := url.QueryEscape("https://evil.example.com/callback")
	for name, c := range map[string]struct{ query, says string }{
		"no client id":          {"", "clientId"},
		"unknown client id":     {"clientId=unknown&redirect_uri=" + evil, "No application has"},
		"two client ids":        {"clientId=a&client_id=b&redirect_uri=" + evil, "repeated"},
		"a state too long":      {"clientId=" + webClient + "&response_type=token&state=" + strings.Repeat("s", 13_000), "state is too long"},
		"a repeated state":      {"clientId=" + webClient + "&state=a&state=b", "state is repeated"},
		"another redirect URL":  {"clientId=" + webClient + "&redirect_uri=" + evil, "not one of the application"},
		"one of several needed": {"clientId=" + severalClient, "2 redirect URLs"},
		"user credentials":      {"clientId=" + m2mClient + "&redirect_uri=" + evil, "no sign-in page"},
		"client credentials":    {"clientId=" + serviceClient, "no sign-in page"},
		"a wrong prompt too":    {"clientId=" + webClient + "&prompt=none&redirect_uri=" + evil, "not one of the application"},
		"password in the query": {opened + "&password=secret", "A password was sent in the URL"},
		"markup in a parameter": {"clientId=" + url.QueryEscape(`"><script>alert(1)</script>`), "No application has"},
	} {
		response := v.get(c.query)
		if response.StatusCode != http.StatusBadRequest || response.Header.Get("Location") != "" {
			t.Errorf("%s: returns %s", name, response.Status)
		}
		if !strings.Contains(response.problem(), c.says) {
			t.Errorf("%s: says %q, want %q", name, response.problem(), c.says)
		}
		if strings.Contains(response.html, "evil.example.com") || strings.Contains(response.html, "<script") {
			t.Errorf("%s: the page repeats what was sent", name)
		}
	}
}

func TestPage_TellsTheApplicationWhatIsItsOwnMistake(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	v := visit(t, start(t, shop, ""))
	for name, c := range map[string]struct{ query, code string }{
		"no challenge":     {"clientId=" + pkceClient, "invalid_request"},
		"plain challenge":  {"clientId=" + pkceClient + "&code_challenge_method=plain&code_challenge=" + strings.Repeat("a", 43), "invalid_request"},
		"implicit":         {"clientId=" + webClient + "&response_type=token", "unsupported_response_type"},
		"no interaction":   {"clientId=" + webClient + "&prompt=none", "login_required"},
		"repeated a nonce": {"clientId=" + webClient + "&nonce=a&nonce=b", "invalid_request"},
	} {
		response := v.get(c.query)
		to, err := url.Parse(response.Header.Get("Location"))
		if err != nil || response.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to.String(), shop.URL+"/callback?") {
			t.Errorf("%s: returns %s", name, response.Status)
			continue
		}
		if got := to.Query().Get("error"); got != c.code {
			t.Errorf("%s: the error is %s, want %s", name, got, c.code)
		}
	}
}

func TestPage_AForeignFormSignsNoUserIn(t *testing.T) {
	t.Parallel()
	s := start(t, openShop(t), "")
	v := visit(t, s)
	fields := v.form(v.get(opened))
	fields.Set("email", email)
	fields.Set("password", password)
	without := url.Values{"client_id": {webClient}, "email": {email}, "password": {password}}
	for name, response := range map[string]shown{
		"no token":                v.post(without),
		"no cookie":               visit(t, s).post(fields),
		"cross-site":              v.post(fields, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example.com"),
		"cross-site denial":       v.post(with(fields, "deny", "yes"), "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example.com"),
		"denial without a cookie": visit(t, s).post(with(fields, "deny", "yes")),
		"another origin":          v.post(fields, "Origin", "https://evil.example.com"),
		"a request by GET":        v.get(fields.Encode()),
	} {
		if response.Header.Get("Location") != "" || response.StatusCode == http.StatusOK {
			t.Errorf("%s: returns %s", name, response.Status)
		}
	}
	// The page that says so holds a form that works, and keeps the email
	// address.
	again := v.post(without)
	fields = v.form(again)
	if !strings.Contains(again.html, `value="`+email+`"`) {
		t.Error("the email address is lost")
	}
	fields.Set("email", email)
	fields.Set("password", password)
	if response := v.post(fields); response.StatusCode != http.StatusSeeOther {
		t.Errorf("the form after it returns %s", response.Status)
	}
}

// with returns a copy of a form with another field.
func with(fields url.Values, name, value string) url.Values {
	changed := maps.Clone(fields)
	changed.Set(name, value)
	return changed
}

func TestPage_WhatTheFormCarriesIsCheckedAnew(t *testing.T) {
	t.Parallel()
	v := visit(t, start(t, openShop(t), ""))
	fields := v.form(v.get(opened))
	fields.Set("email", email)
	fields.Set("password", password)
	for name, change := range map[string][2]string{
		"redirect URL": {"redirect_uri", "https://evil.example.com/"},
		"application":  {"client_id", m2mClient},
	} {
		if response := v.post(with(fields, change[0], change[1])); response.StatusCode != http.StatusBadRequest || response.Header.Get("Location") != "" {
			t.Errorf("another %s: returns %s", name, response.Status)
		}
	}
}

func TestPage_TheButtonMeansNothing(t *testing.T) {
	t.Parallel()
	v := visit(t, start(t, openShop(t), ""))
	fields := v.form(v.get(opened))
	fields.Set("email", email)
	fields.Set("password", password)
	fields.Set("submit", "cancel")
	if response := v.post(fields); response.StatusCode != http.StatusSeeOther {
		t.Errorf("returns %s", response.Status)
	}
}

func TestPage_OtherMethodsAndBodiesAreRefusedAsPages(t *testing.T) {
	t.Parallel()
	s := start(t, openShop(t), "")
	v := visit(t, s)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, s.URL+"/login", nil)
	if err != nil {
		t.Fatal(err)
	}
	if response := v.do(r); response.StatusCode != http.StatusMethodNotAllowed || response.Header.Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("DELETE returns %s", response.Status)
	}
	if response := v.post(url.Values{"email": {strings.Repeat("x", 100_000)}}); response.StatusCode != http.StatusRequestEntityTooLarge || response.problem() == "" {
		t.Errorf("a large form returns %s", response.Status)
	}
	r, err = http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/login", strings.NewReader(`{"email":"a@b.de"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if response := v.do(r); response.StatusCode != http.StatusUnsupportedMediaType || response.problem() == "" {
		t.Errorf("JSON returns %s", response.Status)
	}
	r, err = http.NewRequestWithContext(t.Context(), http.MethodHead, s.URL+"/login?"+opened, nil)
	if err != nil {
		t.Fatal(err)
	}
	if response := v.do(r); response.StatusCode != http.StatusOK || response.html != "" {
		t.Errorf("HEAD returns %s", response.Status)
	}
}

func TestPage_GuessingIsSlowedDownAndTheRightPasswordIsNot(t *testing.T) {
	t.Parallel()
	s := start(t, openShop(t), "", testserver.WithRateLimit(3, time.Minute))
	v := visit(t, s)
	for n := range 3 {
		if response := v.signIn(opened, email, "wrong password"); response.StatusCode != http.StatusForbidden {
			t.Fatalf("guess %d returns %s", n, response.Status)
		}
	}
	response := v.signIn(opened, email, "wrong password")
	if response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") == "" || !strings.Contains(response.problem(), "Wait") {
		t.Errorf("one guess too many returns %s: %s", response.Status, response.problem())
	}
	if response := v.signIn(opened, "nobody@example.com", password); response.StatusCode != http.StatusTooManyRequests {
		t.Errorf("another user's turn returns %s", response.Status)
	}
	if response := v.signIn(opened, email, password); response.StatusCode != http.StatusSeeOther {
		t.Errorf("the right password returns %s", response.Status)
	}
	s.Clock.Advance(time.Minute)
	if response := v.signIn(opened, email, "wrong password"); response.StatusCode != http.StatusForbidden {
		t.Errorf("a minute later a guess returns %s", response.Status)
	}
}

func TestPage_SecureCookieBehindTLS(t *testing.T) {
	t.Parallel()
	v := visit(t, start(t, openShop(t), "", testserver.WithSelfSignedTLS("")))
	cookies := v.get(opened).Cookies()
	if len(cookies) != 1 || !cookies[0].Secure || !cookies[0].HttpOnly {
		t.Fatalf("the cookies are %v", cookies)
	}
	if response := v.signIn(opened, email, password); response.StatusCode != http.StatusSeeOther {
		t.Errorf("the sign-in returns %s: %s", response.Status, response.problem())
	}
}
