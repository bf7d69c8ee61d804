package login_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// location parses where a response sends the browser.
func location(t *testing.T, response shown) url.Values {
	t.Helper()
	to, err := url.Parse(response.Header.Get("Location"))
	if err != nil || response.StatusCode != http.StatusSeeOther {
		t.Fatalf("returns %s: %v", response.Status, err)
	}
	return to.Query()
}

// OpenID Connect Core §3.1.2.1: the authorization endpoint supports POST. Such a
// form comes from the application's origin, and signs no user in.
func TestPage_AnApplicationMaySendItsRequestAsAForm(t *testing.T) {
	t.Parallel()
	s := start(t, openShop(t), "")
	request := url.Values{
		"client_id": {webClient}, "response_type": {"code"}, "state": {"abc"}, "login_hint": {email}, "scope": {"openid"},
		"resource": {"https://a.example.com", "https://b.example.com"}, "email": {"other@example.com"}, "deny": {"yes"},
	}
	v := visit(t, s)
	page := v.post(request, "Origin", "https://app.example.com", "Sec-Fetch-Site", "cross-site")
	if page.StatusCode != http.StatusOK || page.problem() != "" || !strings.Contains(page.html, `value="`+email+`"`) {
		t.Fatalf("the page returns %s: %s", page.Status, page.problem())
	}
	fields := v.form(page)
	fields.Set("email", email)
	fields.Set("password", password)
	if back := location(t, v.post(fields)); back.Get("code") == "" || back.Get("state") != "abc" {
		t.Errorf("it comes back with %v", back)
	}
	request.Set("response_type", "token")
	if back := location(t, v.post(request)); back.Get("error") != "unsupported_response_type" || back.Get("state") != "abc" {
		t.Errorf("a wrong request comes back with %v", back)
	}
	if response := v.post(url.Values{"state": {"abc"}}); response.StatusCode != http.StatusBadRequest || !strings.Contains(response.problem(), "clientId") {
		t.Errorf("one of no application returns %s: %s", response.Status, response.problem())
	}
}

// A password or the page's token makes a form one that is checked.
func TestPage_AFormWithAPasswordOrATokenIsChecked(t *testing.T) {
	t.Parallel()
	v := visit(t, start(t, openShop(t), ""))
	for _, name := range []string{"password", "csrf_token"} {
		fields := url.Values{"client_id": {webClient}, "email": {email}, name: {""}}
		if response := v.post(fields, "Sec-Fetch-Site", "cross-site"); response.StatusCode != http.StatusForbidden {
			t.Errorf("%s: returns %s", name, response.Status)
		}
	}
}

func TestPage_DenyTellsTheApplication(t *testing.T) {
	t.Parallel()
	v := visit(t, start(t, openShop(t), ""))
	fields := v.form(v.get(opened))
	fields.Set("deny", "yes")
	back := location(t, v.post(fields))
	if back.Get("error") != "access_denied" || back.Get("state") != "abc" || back.Get("iss") != v.server.URL || back.Has("code") {
		t.Errorf("it comes back with %v", back)
	}
}

func TestPage_ALongStateComesBack(t *testing.T) {
	t.Parallel()
	v := visit(t, start(t, openShop(t), ""))
	state := strings.Repeat("ü", 6<<10)
	query := "clientId=" + webClient + "&nonce=" + url.QueryEscape(strings.Repeat("€", 1365)) + "&state=" + url.QueryEscape(state)
	if back := location(t, v.signIn(query, email, password)); back.Get("state") != state || back.Get("code") == "" {
		t.Error("the state of a code is lost")
	}
	if back := location(t, v.get(query+"&response_type=token")); back.Get("state") != state || back.Get("error") == "" {
		t.Error("the state of an error is lost")
	}
}

func TestPage_FormPostIsAPageWithAForm(t *testing.T) {
	t.Parallel()
	shop := openShop(t)
	v := visit(t, start(t, shop, ""))
	asked := opened + "&response_mode=form_post"
	denied := v.form(v.get(asked))
	denied.Set("deny", "yes")
	for name, response := range map[string]shown{
		"code": v.signIn(asked, email, password), "access_denied": v.post(denied), "login_required": v.get(asked + "&prompt=none"),
	} {
		if response.StatusCode != http.StatusOK || response.Header.Get("Location") != "" || response.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: returns %s", name, response.Status)
		}
		if !strings.Contains(response.html, `<form method="post" action="`+shop.URL+`/callback">`) || !strings.Contains(response.html, "<button") {
			t.Errorf("%s: the page has no form for the application: %s", name, response.html)
		}
		fields := response.hidden()
		if fields.Get("state") != "abc" || fields.Get("iss") != v.server.URL || fields.Has("code") != (name == "code") || (name != "code") != (fields.Get("error") == name) {
			t.Errorf("%s: the form carries %v", name, fields)
		}
		policy := response.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "script-src 'sha256-") || strings.Contains(policy, "unsafe") || strings.Count(response.html, "<script") != 1 {
			t.Errorf("%s: the policy is %s", name, policy)
		}
	}
}

// The parameters of a response come from the request: markup in them stays text.
func TestPage_FormPostEscapes(t *testing.T) {
	t.Parallel()
	v := visit(t, start(t, openShop(t), ""))
	response := v.get("clientId=" + webClient + "&response_mode=form_post&prompt=none&state=" + url.QueryEscape(`"><script>alert(1)</script>`))
	if strings.Count(response.html, "<script") != 1 {
		t.Errorf("the state is markup: %s", response.html)
	}
}
