package oauth_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// signInAtWeb signs in by the authorization flow.
func (r *rig) signInAtWeb() response {
	r.t.Helper()
	return r.exchange(webClient, r.authorize(webClient, nil))
}

func TestLogout_EndsTheSignInOfTheIDToken(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		for name, age := range map[string]time.Duration{"fresh": 0, "expired": 2 * time.Hour} {
			tokens, bystander := r.signInAtWeb(), r.signInAtWeb()
			r.clock.Advance(age)
			params := url.Values{
				"id_token_hint": {tokens.str("id_token")}, "post_logout_redirect_uri": {redirectURL}, "state": {"a b&c"},
				"logout_hint": {"x"}, "ui_locales": {"de", "en"},
			}
			for range 2 { // §4: a second time is no error
				out, err := r.server.Logout(t.Context(), params)
				if err != nil || !out.Ended || out.ApplicationName != webClient || out.RedirectTo != redirectURL+"?state=a+b%26c" {
					t.Errorf("%s: %+v, %v", name, out, err)
				}
			}
			e := r.lastEvent()
			if e.Endpoint != oauth.EndpointLogout || e.Status != 303 || !e.OK() || e.UserID != userID || e.FamilyID == "" || e.ApplicationID != "id-"+webClient {
				t.Errorf("%s: event %+v", name, e)
			}
			if r.active(tokens.str("access_token")) {
				t.Errorf("%s: the access token is still active", name)
			}
			refresh := func(tokens response) response {
				return r.form("/auth/token", "grant_type", "refresh_token", "client_id", webClient, "client_secret", secret, "refresh_token", tokens.str("refresh_token"))
			}
			r.wantError(refresh(tokens), 400, "invalid_grant")
			r.wantTokens(refresh(bystander))
		}
	})
}

func TestLogout_WhatItNeedsNot(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	tokens := r.signInAtWeb()
	r.change(webClient, func(a *store.Application) { a.RedirectURLs = []string{redirectURL, "http://127.0.0.1/native"} })
	hint := tokens.str("id_token")
	for name, c := range map[string]struct {
		params url.Values
		want   oauth.Logout
	}{
		"nothing":                  {url.Values{}, oauth.Logout{}},
		"an application":           {url.Values{"client_id": {webClient}}, oauth.Logout{ApplicationName: webClient}},
		"an application and a URL": {url.Values{"client_id": {webClient}, "post_logout_redirect_uri": {redirectURL}}, oauth.Logout{ApplicationName: webClient, RedirectTo: redirectURL}},
		"a state without a URL":    {url.Values{"client_id": {webClient}, "state": {"x"}}, oauth.Logout{ApplicationName: webClient}},
		"a loopback URL":           {url.Values{"client_id": {webClient}, "post_logout_redirect_uri": {"http://127.0.0.1:51004/native"}}, oauth.Logout{ApplicationName: webClient, RedirectTo: "http://127.0.0.1:51004/native"}},
		"an id token":              {url.Values{"id_token_hint": {hint}}, oauth.Logout{ApplicationName: webClient, Ended: true}},
		"both":                     {url.Values{"id_token_hint": {hint}, "client_id": {webClient}}, oauth.Logout{ApplicationName: webClient, Ended: true}},
	} {
		out, err := r.server.Logout(t.Context(), c.params)
		if err != nil || *out != c.want {
			t.Errorf("%s: %+v, %v", name, out, err)
		}
	}
}

func TestLogout_Refused(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	r.change(serviceClient, func(a *store.Application) { a.RedirectURLs = []string{} })
	tokens := r.signInAtWeb()
	hint := tokens.str("id_token")
	elsewhere := "https://other.example.com"
	other := newRig(t, options{publicURL: &elsewhere})
	header, payload, _ := strings.Cut(hint, ".")
	for name, c := range map[string]struct {
		params url.Values
		reason oauth.Reason
	}{
		"unregistered URL":             {url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {"https://evil.example.com"}}, oauth.ReasonWrongRedirect},
		"unregistered URL, no hint":    {url.Values{"client_id": {webClient}, "post_logout_redirect_uri": {redirectURL + "/"}}, oauth.ReasonWrongRedirect},
		"a type without redirect URLs": {url.Values{"client_id": {serviceClient}, "post_logout_redirect_uri": {redirectURL}}, oauth.ReasonWrongRedirect},
		"a URL without application":    {url.Values{"post_logout_redirect_uri": {redirectURL}}, oauth.ReasonMalformed},
		"unknown application":          {url.Values{"client_id": {"x"}}, oauth.ReasonUnknownApplication},
		"another application":          {url.Values{"id_token_hint": {hint}, "client_id": {spaClient}}, oauth.ReasonWrongApplication},
		"an access token":              {url.Values{"id_token_hint": {tokens.str("access_token")}}, oauth.ReasonWrongIDToken},
		"a refresh token":              {url.Values{"id_token_hint": {tokens.str("refresh_token")}}, oauth.ReasonWrongIDToken},
		"nonsense":                     {url.Values{"id_token_hint": {"a.b.c"}}, oauth.ReasonWrongIDToken},
		"a changed id token":           {url.Values{"id_token_hint": {header + "." + strings.Replace(payload, "A", "B", 1)}}, oauth.ReasonWrongIDToken},
		"unsigned":                     {url.Values{"id_token_hint": {hint[:strings.LastIndex(hint, ".")+1]}}, oauth.ReasonWrongIDToken},
		"of another server":            {url.Values{"id_token_hint": {other.signInAtWeb().str("id_token")}}, oauth.ReasonWrongIDToken},
		"hint repeated":                {url.Values{"id_token_hint": {hint, hint}}, oauth.ReasonMalformed},
		"URL repeated":                 {url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {redirectURL, redirectURL}}, oauth.ReasonMalformed},
		"state repeated":               {url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {redirectURL}, "state": {"a", "b"}}, oauth.ReasonMalformed},
		"state too long":               {url.Values{"id_token_hint": {hint}, "state": {strings.Repeat("s", 13_000)}}, oauth.ReasonMalformed},
		"not UTF-8":                    {url.Values{"client_id": {"\xff"}}, oauth.ReasonMalformed},
	} {
		_, err := r.server.Logout(t.Context(), c.params)
		var refusal *oauth.Error
		if !errors.As(err, &refusal) || refusal.Reason() != c.reason || refusal.Description == "" || refusal.Status != 400 {
			t.Errorf("%s: %v, want %s", name, err, c.reason)
		}
		if e := r.lastEvent(); e.Endpoint != oauth.EndpointLogout || e.Reason != c.reason {
			t.Errorf("%s: event %+v", name, e)
		}
	}
	if !r.active(tokens.str("access_token")) {
		t.Error("a refused request ends the sign-in")
	}
}
