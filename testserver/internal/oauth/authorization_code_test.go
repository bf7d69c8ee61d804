package oauth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636, appendix B

var challenge = func() string {
	h := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(h[:])
}()

func pkce() url.Values {
	return url.Values{"code_challenge": {challenge}, "code_challenge_method": {"S256"}}
}

// authorize signs the rig's user in at an application, and returns the code.
func (r *rig) authorize(client string, params url.Values) string {
	r.t.Helper()
	form := url.Values{"clientId": {client}}
	for name, values := range params {
		form[name] = values
	}
	request, err := r.server.ParseAuthorization(r.t.Context(), form)
	if err != nil {
		r.t.Fatal(err)
	}
	response, err := r.server.IssueCode(r.t.Context(), request, userID)
	if err != nil {
		r.t.Fatal(err)
	}
	code := response.Params.Get("code")
	if !regexp.MustCompile(`^[A-Za-z0-9]{50}$`).MatchString(code) {
		r.t.Fatalf("code %q", code)
	}
	return code
}

// tryExchange posts a code; more names and values may follow.
func (r *rig) tryExchange(client, code string, more ...string) response {
	r.t.Helper()
	return r.post("/auth/token", append([]string{
		"clientId", client, "clientSecret", secret, "grant_types", "authorization_code", "code", code}, more...)...)
}

func (r *rig) exchange(client, code string, more ...string) response {
	r.t.Helper()
	return r.wantTokens(r.tryExchange(client, code, more...))
}

func TestAuthorizationCode_IsExchangedOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		code := r.authorize(webClient, url.Values{"nonce": {"n-0S6_WzA2Mj"}, "state": {"s"}})
		r.clock.Advance(30 * time.Second)
		tokens := r.exchange(webClient, code)
		if tokens.str("refresh_token") == "" {
			t.Error("no refresh token")
		}
		id := r.claims(tokens.str("id_token"))
		if id["nonce"] != "n-0S6_WzA2Mj" || id["aud"] != webClient || id["auth_time"] != float64(start.Unix()) {
			t.Errorf("id token %v", id)
		}
		r.wantError(r.tryExchange(webClient, code), 400, "invalid_grant")
		if e := r.lastEvent(); e.Reason != oauth.ReasonCodeReplayed {
			t.Errorf("event %+v", e)
		}
		if r.active(tokens.str("access_token")) {
			t.Error("a second use of the code does not end the tokens of the first")
		}
	})
}

func TestAuthorizationCode_OfParallelUsesNoneSurvives(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		for range 5 {
			code := r.authorize(webClient, nil)
			responses := make([]response, 20)
			var group sync.WaitGroup
			for i := range responses {
				group.Go(func() { responses[i] = r.tryExchange(webClient, code) })
			}
			group.Wait()
			granted := 0
			for _, a := range responses {
				if a.Code == 200 {
					granted++
					if r.active(a.str("access_token")) {
						t.Error("the tokens of the first use outlive the others")
					}
				} else {
					r.wantError(a, 400, "invalid_grant")
				}
			}
			if granted > 1 {
				t.Errorf("%d uses of one code were granted", granted)
			}
		}
	})
}

func TestAuthorizationCode_ReplayBeforeTheFamilyIsStoredEndsIt(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		code := sum(r.authorize(webClient, nil))
		claimed, err := r.store.Direct(t.Context()).ClaimCode(code, "id-"+webClient, "family", start)
		if err != nil {
			t.Fatal(err)
		}
		r.write(func(tx *store.Tx) error {
			_, err := tx.ReplayCode(code, "id-"+webClient, "test", start)
			return err
		})
		err = r.store.Write(t.Context(), func(tx *store.Tx) error {
			return tx.CreateFamilyOfCode(claimed.Hash, store.TokenFamily{
				ID: claimed.FamilyID, ApplicationID: claimed.ApplicationID, UserID: claimed.UserID,
				GrantType: "authorization_code", AuthTime: start, CreatedAt: start, ExpiresAt: start.Add(time.Hour),
			})
		})
		if !errors.Is(err, store.ErrStale) {
			t.Errorf("a replayed code still begins a family: %v", err)
		}
	})
}

func TestAuthorizationCode_LivesForAMinute(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	code := r.authorize(webClient, nil)
	r.clock.Advance(59 * time.Second)
	r.exchange(webClient, code)
	code = r.authorize(webClient, nil)
	r.clock.Advance(60 * time.Second)
	r.wantError(r.tryExchange(webClient, code), 400, "invalid_grant")
	if e := r.lastEvent(); e.Reason != oauth.ReasonCodeExpired {
		t.Errorf("event %+v", e)
	}
}

func TestAuthorizationCode_OfAnotherApplicationStays(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		code := r.authorize(webClient, nil)
		r.wantError(r.tryExchange(spaClient, code, "code_verifier", verifier), 400, "invalid_grant")
		r.wantError(r.post("/auth/token", "clientId", webClient, "clientSecret", "wrong", "grant_types", "authorization_code",
			"code", code), 401, "invalid_client")
		r.exchange(webClient, code)
	})
}

func TestAuthorizationCode_FailedCheckUsesItUp(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	redirect := url.Values{"redirect_uri": {redirectURL}}
	for name, c := range map[string]struct {
		client        string
		authorization url.Values
		wrong, right  []string
	}{
		"verifier":                   {spaClient, pkce(), []string{"code_verifier", strings.Repeat("x", 43)}, []string{"code_verifier", verifier}},
		"verifier of another shape":  {spaClient, pkce(), []string{"code_verifier", "short"}, []string{"code_verifier", verifier}},
		"no verifier":                {spaClient, pkce(), nil, []string{"codeVerifier", verifier}},
		"challenge as verifier":      {spaClient, pkce(), []string{"code_verifier", challenge}, []string{"code_verifier", verifier}},
		"optional challenge":         {webClient, pkce(), nil, []string{"code_verifier", verifier}},
		"verifier without challenge": {webClient, nil, []string{"code_verifier", verifier}, nil},
		"redirect URL":               {webClient, redirect, []string{"redirect_uri", redirectURL + "/"}, []string{"redirect_uri", redirectURL}},
		"no redirect URL":            {webClient, redirect, nil, []string{"redirectUri", redirectURL}},
		"redirect URL not its own":   {webClient, nil, []string{"redirect_uri", "https://evil.example.com"}, []string{"redirect_uri", redirectURL}},
	} {
		t.Run(name, func(t *testing.T) {
			code := r.authorize(c.client, c.authorization)
			r.wantError(r.tryExchange(c.client, code, c.wrong...), 400, "invalid_grant")
			r.wantError(r.tryExchange(c.client, code, c.right...), 400, "invalid_grant")
			r.exchange(c.client, r.authorize(c.client, c.authorization), c.right...)
		})
	}
}

func TestAuthorizationCode_NeedsItsUser(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	code := r.authorize(webClient, nil)
	r.changeUser(userID, func(u *store.User) { u.Enabled = false })
	r.wantError(r.tryExchange(webClient, code), 400, "invalid_grant")

	request, err := r.server.ParseAuthorization(t.Context(), url.Values{"client_id": {webClient}})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{userID, strangerID, "nobody"} {
		_, err = r.server.IssueCode(t.Context(), request, id)
		var refusal *oauth.Error
		if !errors.As(err, &refusal) || refusal.Code != "access_denied" {
			t.Errorf("a code for %s: %v", id, err)
		}
	}
	if e := r.lastEvent(); e.Endpoint != oauth.EndpointAuthorize || e.OK() {
		t.Errorf("event %+v", e)
	}
}

func TestParseAuthorization_Redirected(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	with := func(base url.Values, more ...string) url.Values {
		form := url.Values{"clientId": {spaClient}, "state": {"a b&c"}}
		for name, values := range base {
			form[name] = values
		}
		for i := 0; i < len(more); i += 2 {
			form.Add(more[i], more[i+1])
		}
		return form
	}
	for name, c := range map[string]struct {
		form url.Values
		code string
	}{
		"no challenge":               {with(nil), "invalid_request"},
		"challenge without method":   {with(nil, "code_challenge", challenge), "invalid_request"},
		"method without challenge":   {with(nil, "code_challenge_method", "S256"), "invalid_request"},
		"plain":                      {with(nil, "code_challenge", verifier, "code_challenge_method", "plain"), "invalid_request"},
		"challenge of another shape": {with(nil, "code_challenge", "x", "code_challenge_method", "S256"), "invalid_request"},
		"implicit":                   {with(pkce(), "response_type", "token"), "unsupported_response_type"},
		"fragment":                   {with(pkce(), "response_mode", "fragment"), "invalid_request"},
		"request object":             {with(pkce(), "request", "x"), "request_not_supported"},
		"request URI":                {with(pkce(), "request_uri", "https://x"), "request_uri_not_supported"},
		"no prompt":                  {with(pkce(), "prompt", "none"), "login_required"},
		"other response mode":        {with(pkce(), "response_mode", "web_message"), "invalid_request"},
		"repeated response mode":     {with(pkce(), "response_mode", "query", "response_mode", "form_post"), "invalid_request"},
		"repeated nonce":             {with(pkce(), "nonce", "1", "nonce", "2"), "invalid_request"},
		"huge nonce":                 {with(pkce(), "nonce", strings.Repeat("n", 4097)), "invalid_request"},
		"nonce with NUL":             {with(pkce(), "nonce", "a\x00b"), "invalid_request"},
	} {
		_, err := r.server.ParseAuthorization(t.Context(), c.form)
		var refusal *oauth.AuthorizationError
		if !errors.As(err, &refusal) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if refusal.Response == nil {
			t.Errorf("%s: is shown: %v", name, refusal)
			continue
		}
		target := refusal.Response.URL()
		u, err := url.Parse(target)
		if err != nil || !strings.HasPrefix(target, redirectURL+"?") {
			t.Errorf("%s: redirects to %q", name, target)
			continue
		}
		q := u.Query()
		if q.Get("error") != c.code || q.Get("state") != "a b&c" || q.Get("iss") != publicURL || !description.MatchString(q.Get("error_description")) {
			t.Errorf("%s: redirects to %q, want error %s", name, target, c.code)
		}
	}
}

func TestParseAuthorization_Shown(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	r.change(webClient, func(a *store.Application) { a.RedirectURLs = []string{redirectURL, redirectURL + "2"} })
	for name, form := range map[string]url.Values{
		"nothing":               {},
		"unknown application":   {"clientId": {"x"}},
		"client id with NUL":    {"clientId": {"x\x00"}},
		"two applications":      {"clientId": {spaClient}, "client_id": {webClient}},
		"client id repeated":    {"clientId": {spaClient, spaClient}},
		"without sign-in page":  {"clientId": {m2mClient}},
		"several redirect URLs": {"clientId": {webClient}},
		"another redirect URL":  {"clientId": {spaClient}, "redirect_uri": {"https://evil.example.com"}},
		"redirect URL and more": {"clientId": {spaClient}, "redirect_uri": {redirectURL + "?x=1"}},
		"redirect URL in part":  {"clientId": {spaClient}, "redirect_uri": {redirectURL[:len(redirectURL)-1]}},
		"redirect URL twice":    {"clientId": {spaClient}, "redirect_uri": {redirectURL, "https://evil.example.com"}},
		"state repeated":        {"clientId": {spaClient}, "state": {"a", "b"}},
		"state too long":        {"clientId": {spaClient}, "state": {strings.Repeat("s", 12<<10+1)}},
		"state with NUL":        {"clientId": {spaClient}, "state": {"a\x00"}, "response_type": {"token"}},
		"two redirect URLs":     {"clientId": {webClient}, "redirect_uri": {redirectURL}, "redirectUri": {redirectURL + "2"}},
	} {
		_, err := r.server.ParseAuthorization(t.Context(), form)
		var refusal *oauth.AuthorizationError
		if !errors.As(err, &refusal) || refusal.Response != nil || refusal.Refusal.Description == "" {
			t.Errorf("%s: %v, want a refusal that is shown", name, err)
		}
	}
}

func TestParseAuthorization_Accepted(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	for name, form := range map[string]url.Values{
		"ATM's":      {"clientId": {webClient}},
		"RFC 6749's": {"client_id": {webClient}, "response_type": {"code"}, "redirect_uri": {redirectURL}, "scope": {"openid"}, "state": {"x"}},
		"both":       {"client_id": {webClient}, "clientId": {webClient}},
		"resources":  {"client_id": {webClient}, "resource": {"https://a.example.com", "https://b.example.com"}, "x": {"1", "2"}},
		"long state": {"client_id": {webClient}, "state": {strings.Repeat("é", 6<<10)}},
	} {
		request, err := r.server.ParseAuthorization(t.Context(), form)
		if err != nil || request.RedirectURL != redirectURL || request.ClientID != webClient || request.ApplicationName != webClient || request.State != form.Get("state") {
			t.Errorf("%s: %+v, %v", name, request, err)
		}
	}
}

func TestIssueCode_KeepsTheRedirectURLsOwnQuery(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	for own, begin := range map[string]string{
		redirectURL:                    redirectURL + "?",
		redirectURL + "?":              redirectURL + "?",
		redirectURL + "?tenant=a%2Fb":  redirectURL + "?tenant=a%2Fb&",
		redirectURL + "?tenant=a%2Fb&": redirectURL + "?tenant=a%2Fb&",
	} {
		r.change(webClient, func(a *store.Application) { a.RedirectURLs = []string{own} })
		request, err := r.server.ParseAuthorization(t.Context(), url.Values{"clientId": {webClient}, "state": {"x"}})
		if err != nil {
			t.Fatal(err)
		}
		response, err := r.server.IssueCode(t.Context(), request, userID)
		if err != nil {
			t.Fatal(err)
		}
		if target := response.URL(); !strings.HasPrefix(target, begin+"code=") || !strings.HasSuffix(target, "&state=x") {
			t.Errorf("%s: redirects to %s", own, target)
		}
	}
}

// For any request, a browser is sent to a registered URL or nowhere.
func FuzzParseAuthorization(f *testing.F) {
	r := newRig(f, options{})
	for _, query := range []string{
		"clientId=" + webClient, "client_id=" + spaClient + "&" + pkce().Encode() + "&state=%00",
		"clientId=" + webClient + "&redirect_uri=https%3A%2F%2Fevil.example.com&response_type=token",
		"clientId=" + webClient + "&redirectUri=" + url.QueryEscape(redirectURL) + "&response_mode=fragment&prompt=none",
		"clientId=" + webClient + "&state=%0d%0aLocation:%20https://evil.example.com",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		form, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		request, err := r.server.ParseAuthorization(t.Context(), form)
		var response *oauth.AuthorizationResponse
		var refusal *oauth.AuthorizationError
		switch {
		case err == nil && request.RedirectURL != redirectURL:
			t.Errorf("would redirect to %q", request.RedirectURL)
		case err == nil:
			if response, err = r.server.IssueCode(t.Context(), request, userID); err != nil {
				t.Error(err)
			}
		case errors.As(err, &refusal):
			response = refusal.Response
		default:
			t.Errorf("an error of the server's own: %v", err)
		}
		if response == nil {
			return
		}
		if target := response.URL(); !strings.HasPrefix(target, redirectURL+"?") || strings.ContainsAny(target, "\r\n") || response.RedirectURL != redirectURL {
			t.Errorf("redirects to %q", target)
		}
	})
}
