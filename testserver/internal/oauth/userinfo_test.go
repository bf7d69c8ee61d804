package oauth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

const userInfoPath = "/auth/userinfo"

func (r *rig) userInfo(token string) response {
	r.t.Helper()
	return r.raw("GET", userInfoPath, "", "", "Authorization", "Bearer "+token)
}

// claimsOfTheUser are what UserInfo and the id token say about the rig's user.
func claimsOfTheUser() map[string]any {
	return map[string]any{
		"sub": userID, "email": loginID, "email_verified": true, "preferred_username": loginID,
		"name": "Thong Nguyen", "given_name": "Thong", "family_name": "Nguyen",
	}
}

func TestUserInfo_IsTheUserOfTheToken(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		r.changeUser(userID, func(u *store.User) { u.LastName = "Nguyen" })
		tokens := r.signIn()
		token := tokens.str("access_token")
		for name, a := range map[string]response{
			"GET":              r.userInfo(token),
			"POST":             r.raw("POST", userInfoPath, "", "", "Authorization", "bearer  "+token),
			"POST with JSON":   r.raw("POST", userInfoPath, jsonType, "{}", "Authorization", "Bearer "+token),
			"form":             r.form(userInfoPath, "access_token", token),
			"form and charset": r.raw("POST", userInfoPath, formType+"; charset=ISO-8859-1", "x=1&x=2&access_token="+token),
			"after a refresh":  r.userInfo(r.wantTokens(r.refresh(tokens)).str("access_token")),
		} {
			if a.Code != 200 || !maps.Equal(a.body, claimsOfTheUser()) || a.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s: returns %d %s", name, a.Code, a.Body)
			}
		}
		if e := r.lastEvent(); e.Endpoint != oauth.EndpointUserInfo && e.Endpoint != oauth.EndpointToken {
			t.Errorf("event %+v", e)
		}
		r.changeUser(userID, func(u *store.User) { u.FirstName, u.LastName = "Ada", "" })
		a := r.userInfo(token)
		if _, found := a.body["family_name"]; a.str("name") != "Ada" || a.str("given_name") != "Ada" || found {
			t.Errorf("after the user has changed, it returns %s", a.Body)
		}
	})
}

func TestIDToken_HasTheClaimsOfUserInfo(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	r.changeUser(userID, func(u *store.User) { u.LastName = "Nguyen" })
	first := r.signIn()
	r.clock.Advance(time.Minute)
	for name, tokens := range map[string]response{"sign-in": first, "refresh": r.wantTokens(r.refresh(first))} {
		id := r.claims(tokens.str("id_token"))
		for claim, want := range claimsOfTheUser() {
			if id[claim] != want {
				t.Errorf("%s: %s is %v, want %v", name, claim, id[claim], want)
			}
		}
		hash := sha256.Sum256([]byte(tokens.str("access_token")))
		if id["at_hash"] != base64.RawURLEncoding.EncodeToString(hash[:16]) || id["auth_time"] != float64(start.Unix()) {
			t.Errorf("%s: at_hash %v, auth_time %v", name, id["at_hash"], id["auth_time"])
		}
	}
}

func TestUserInfo_Refused(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	tokens := r.signIn()
	token := tokens.str("access_token")
	revoked, old := r.signIn(), r.signIn()
	r.revoke(m2mClient, revoked.str("access_token"))
	r.clock.Advance(10 * time.Minute)
	fresh := r.signIn().str("access_token")
	for name, c := range map[string]struct {
		response response
		status   int
		code     string
		says     string
	}{
		"no token":           {r.raw("GET", userInfoPath, "", ""), 401, "invalid_token", "needs an access token"},
		"an empty token":     {r.userInfo(""), 401, "invalid_token", "needs an access token"},
		"Basic":              {r.raw("GET", userInfoPath, "", "", "Authorization", "Basic eDp5"), 401, "invalid_token", "needs an access token"},
		"nonsense":           {r.userInfo("a.b.c"), 401, "invalid_token", "base64url"},
		"an id token":        {r.userInfo(r.signIn().str("id_token")), 401, "invalid_token", "not an access token"},
		"a refresh token":    {r.userInfo(tokens.str("refresh_token")), 401, "invalid_token", "opaque"},
		"expired":            {r.userInfo(old.str("access_token")), 401, "invalid_token", "expired on"},
		"revoked":            {r.userInfo(revoked.str("access_token")), 401, "invalid_token", "not valid"},
		"changed":            {r.userInfo(fresh + "x"), 401, "invalid_token", "not valid"},
		"query string":       {r.raw("GET", userInfoPath+"?access_token="+token, "", ""), 400, "invalid_request", "query string"},
		"two headers":        {r.raw("GET", userInfoPath, "", "", "Authorization", "Bearer "+fresh, "Authorization", "Bearer "+fresh), 400, "invalid_request", "repeated"},
		"header and form":    {r.raw("POST", userInfoPath, formType, "access_token="+fresh, "Authorization", "Bearer "+fresh), 400, "invalid_request", "repeated"},
		"twice in the form":  {r.form(userInfoPath, "access_token", fresh, "access_token", fresh), 400, "invalid_request", "repeated"},
		"a form by GET":      {r.raw("GET", userInfoPath, formType, "access_token="+fresh), 401, "invalid_token", "needs an access token"},
		"a malformed form":   {r.raw("POST", userInfoPath, formType, "access_token=%zz"), 400, "invalid_request", "form-urlencoded"},
		"a token in a JSON":  {r.post(userInfoPath, "access_token", fresh), 401, "invalid_token", "needs an access token"},
		"larger than 64 KiB": {r.raw("POST", userInfoPath, formType, "x="+strings.Repeat("x", 64<<10)), 413, "invalid_request", "64 KiB"},
		"larger than 16 KiB": {r.userInfo(strings.Repeat("x", 20<<10)), 401, "invalid_token", "16 KiB"},
	} {
		r.wantError(c.response, c.status, c.code)
		checkRefusal(t, name, c.response)
		if !strings.Contains(c.response.str("error_description"), c.says) {
			t.Errorf("%s: says %q, want %q", name, c.response.str("error_description"), c.says)
		}
		challenge := c.response.Header().Get("WWW-Authenticate")
		want := `Bearer realm="atm", error="` + c.code + `", error_description="` + c.response.str("error_description") + `"`
		if strings.Contains(c.says, "needs") {
			want = `Bearer realm="atm"` // RFC 6750 §3.1: no error where no token was sent
		}
		if challenge != want {
			t.Errorf("%s: WWW-Authenticate is %s, want %s", name, challenge, want)
		}
		if strings.Contains(challenge, fresh) || strings.Contains(challenge, token) {
			t.Errorf("%s: the challenge repeats the token", name)
		}
	}
	service := r.wantTokens(r.post("/auth/token", "clientId", serviceClient, "clientSecret", secret, "grant_types", "client_credentials"))
	a := r.userInfo(service.str("access_token"))
	r.wantError(a, 403, "insufficient_scope")
	if !strings.Contains(a.Header().Get("WWW-Authenticate"), `error="insufficient_scope"`) {
		t.Errorf("WWW-Authenticate is %s", a.Header().Get("WWW-Authenticate"))
	}
	a = r.raw("DELETE", userInfoPath, "", "")
	if r.wantError(a, 405, "invalid_request"); a.Header().Get("Allow") != "GET, HEAD, POST, OPTIONS" {
		t.Errorf("Allow is %q", a.Header().Get("Allow"))
	}
	r.changeUser(userID, func(u *store.User) { u.Email, u.Enabled = `"ünicode"@example.com`, false })
	if a = r.userInfo(fresh); a.Code != http.StatusUnauthorized || a.str("error_description") != "The access token is not valid." {
		t.Errorf("of a disabled user: returns %d %s", a.Code, a.Body)
	}
}

func TestUserInfo_CORSFollowsTheApplication(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	const page = "https://app.example.com"
	token := r.signIn().str("access_token")
	ask := func() response {
		return r.raw("GET", userInfoPath, "", "", "Origin", page, "Authorization", "Bearer "+token)
	}
	r.change(otherClient, func(a *store.Application) { a.AllowedOrigins = []string{page} })
	if a := ask(); a.Code != 200 || a.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a page of another application may read it: %v", a.Header())
	}
	r.change(m2mClient, func(a *store.Application) { a.AllowedOrigins = []string{page} })
	if a := ask(); a.Code != 200 || a.Header().Get("Access-Control-Allow-Origin") != page {
		t.Errorf("the application's page may not read it: %v", a.Header())
	}
	for _, method := range []string{"GET", "POST"} {
		a := r.raw("OPTIONS", userInfoPath, "", "", "Origin", page, "Access-Control-Request-Method", method,
			"Access-Control-Request-Headers", "authorization")
		if a.Code != http.StatusNoContent || a.Header().Get("Access-Control-Allow-Methods") != method {
			t.Errorf("%s: preflight returns %d %v", method, a.Code, a.Header())
		}
	}
}
