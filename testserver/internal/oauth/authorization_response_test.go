package oauth_test

import (
	"errors"
	"net/url"
	"testing"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// RFC 8252 §7.3: a native application gets its port from the operating system.
func TestParseAuthorization_LoopbackURLsHaveAnyPort(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	r.change(webClient, func(a *store.Application) {
		a.RedirectURLs = []string{
			"http://127.0.0.1/native", "http://[::1]:8080/six?a=b", "http://127.0.0.1", "http://localhost/name",
			"https://127.0.0.1/tls", "http://127.0.0.2/other", "http://app.example.com/web",
		}
	})
	for uri, right := range map[string]bool{
		"http://127.0.0.1/native":                     true,
		"http://127.0.0.1:51004/native":               true,
		"http://127.0.0.1:65535/native":               true,
		"http://[::1]:1/six?a=b":                      true,
		"http://[::1]/six?a=b":                        true,
		"http://127.0.0.1:3":                          true,
		"http://127.0.0.1:51004/native/":              false,
		"http://127.0.0.1:51004/native?a=b":           false,
		"http://127.0.0.1:51004/NATIVE":               false,
		"http://127.0.0.1:0/native":                   false,
		"http://127.0.0.1:65536/native":               false,
		"http://127.0.0.1:/native":                    false,
		"http://127.0.0.1:-1/native":                  false,
		"http://127.0.0.1:80@evil.example.com/native": false,
		"http://127.0.0.1@evil.example.com/native":    false,
		"http://127.0.0.1.evil.example.com/native":    false,
		"http://127.0.0.1:51004/native#top":           false,
		"http://127.0.0.1:51004/native\n":             false,
		"http://127.0.0.1:51004/six?a=b":              false,
		"http://[::1]:51004/native":                   false,
		"http://localhost:51004/name":                 false,
		"http://localhost:51004/native":               false,
		"https://127.0.0.1:51004/native":              false,
		"https://127.0.0.1:51004/tls":                 false,
		"http://127.0.0.2:51004/other":                false,
		"http://app.example.com:51004/web":            false,
		"HTTP://127.0.0.1:51004/native":               false,
	} {
		request, err := r.server.ParseAuthorization(t.Context(), url.Values{"client_id": {webClient}, "redirect_uri": {uri}})
		var refusal *oauth.AuthorizationError
		switch {
		case right && (err != nil || request.RedirectURL != uri):
			t.Errorf("%s: %+v, %v", uri, request, err)
		case !right && (!errors.As(err, &refusal) || refusal.Response != nil):
			t.Errorf("%s is accepted: %v", uri, err)
		}
	}
}

func TestAuthorizationCode_IsBoundToThePort(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		r.change(webClient, func(a *store.Application) { a.RedirectURLs = []string{"http://127.0.0.1/native"} })
		asked := url.Values{"redirect_uri": {"http://127.0.0.1:51004/native"}}
		for _, other := range []string{"http://127.0.0.1/native", "http://127.0.0.1:51005/native", ""} {
			r.wantError(r.tryExchange(webClient, r.authorize(webClient, asked), "redirect_uri", other), 400, "invalid_grant")
		}
		r.exchange(webClient, r.authorize(webClient, asked), "redirect_uri", asked.Get("redirect_uri"))
	})
}

func TestAuthorizationResponse_ModeStateAndIssuer(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	for mode, formPost := range map[string]bool{"": false, "query": false, "form_post": true} {
		form := url.Values{"client_id": {webClient}, "response_mode": {mode}, "state": {"a b&c"}}
		request, err := r.server.ParseAuthorization(t.Context(), form)
		if err != nil {
			t.Fatal(err)
		}
		code, err := r.server.IssueCode(t.Context(), request, userID)
		if err != nil {
			t.Fatal(err)
		}
		denied := r.server.Deny(t.Context(), request)
		if e := r.lastEvent(); e.Status != denied.Status() || e.Code != "access_denied" || e.Reason != oauth.ReasonDenied || e.ApplicationID != "id-"+webClient {
			t.Errorf("%q: event %+v", mode, e)
		}
		form.Set("response_type", "token")
		_, err = r.server.ParseAuthorization(t.Context(), form)
		var refusal *oauth.AuthorizationError
		if !errors.As(err, &refusal) || refusal.Response == nil {
			t.Fatal(err)
		}
		for name, response := range map[string]*oauth.AuthorizationResponse{
			"code": code, "access_denied": denied, "unsupported_response_type": refusal.Response,
		} {
			p := response.Params
			if response.FormPost != formPost || response.RedirectURL != redirectURL || p.Get("state") != "a b&c" || p.Get("iss") != publicURL {
				t.Errorf("%q, %s: %+v", mode, name, response)
			}
			if p.Get("error") != name && (name != "code" || p.Get("code") == "" || p.Has("error")) {
				t.Errorf("%q, %s: %v", mode, name, p)
			}
		}
	}
}

func TestMetadata_NamesWhatTheAuthorizationEndpointDoes(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	a := r.raw("GET", "/.well-known/openid-configuration", "", "")
	modes, _ := a.body["response_modes_supported"].([]any)
	if len(modes) != 2 || modes[0] != "query" || modes[1] != "form_post" || a.body["authorization_response_iss_parameter_supported"] != true {
		t.Errorf("the metadata are %s", a.Body)
	}
}
