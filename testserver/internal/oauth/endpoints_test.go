package oauth_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/ratelimit"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func (r *rig) revoke(client, token string) response {
	r.t.Helper()
	return r.form("/auth/revoke", "client_id", client, "client_secret", secret, "token", token)
}

func (r *rig) introspect(client, token string) response {
	r.t.Helper()
	return r.form("/auth/introspect", "client_id", client, "client_secret", secret, "token", token)
}

// isEmptyObject reports whether a revocation got the response that all clients
// can read (RFC 7009 §2.2).
func isEmptyObject(a response) bool {
	return a.Code == http.StatusOK && a.Body.String() == "{}" && a.Header().Get("Content-Type") == "application/json"
}

func TestRevoke_EndsTheFamily(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		for _, which := range []string{"access_token", "refresh_token"} {
			tokens, bystander := r.signIn(), r.signIn()
			if a := r.revoke(m2mClient, tokens.str(which)); !isEmptyObject(a) {
				t.Fatalf("%s: returns %d %s", which, a.Code, a.Body)
			}
			if r.active(tokens.str("access_token")) {
				t.Errorf("%s: the access token is still active", which)
			}
			r.wantError(r.refresh(tokens), 400, "invalid_grant")
			if !r.active(bystander.str("access_token")) {
				t.Errorf("%s: another sign-in was revoked too", which)
			}
			r.wantTokens(r.refresh(bystander))
		}
	})
}

func TestRevoke_AnExpiredAccessTokenStillEndsItsFamily(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	tokens := r.signIn()
	r.clock.Advance(time.Hour)
	r.revoke(m2mClient, tokens.str("access_token"))
	r.wantError(r.refresh(tokens), 400, "invalid_grant")
}

func TestRevoke_DoesNotTellWhoseTokenItIs(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	tokens := r.signIn()
	for _, token := range []string{tokens.str("access_token"), tokens.str("refresh_token"), tokens.str("id_token"), "unknown", "a.b.c"} {
		if a := r.revoke(otherClient, token); !isEmptyObject(a) {
			t.Errorf("returns %d %s", a.Code, a.Body)
		}
	}
	if !r.active(tokens.str("access_token")) {
		t.Error("another application revoked the token")
	}
	r.wantTokens(r.refresh(tokens))
}

func TestRevokeAndIntrospect_NeedTheApplication(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	for _, path := range []string{"/auth/revoke", "/auth/introspect"} {
		r.wantError(r.form(path, "token", "x"), 401, "invalid_client")
		r.wantError(r.form(path, "token", "x", "client_id", m2mClient, "client_secret", "wrong"), 401, "invalid_client")
		r.wantError(r.form(path, "client_id", m2mClient, "client_secret", secret), 400, "invalid_request")
		r.wantError(r.raw("POST", path+"?token=x", formType, ""), 400, "invalid_request")
		r.wantError(r.raw("GET", path, "", ""), 405, "invalid_request")
		if a := r.post(path, "clientId", m2mClient, "clientSecret", secret, "token", "x"); a.Code != 200 {
			t.Errorf("%s in JSON returns %d %s", path, a.Code, a.Body)
		}
	}
}

func TestIntrospect_TellsAnApplicationOfItsOwnTokens(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		tokens := r.signIn()
		a := r.introspect(m2mClient, tokens.str("access_token"))
		for name, want := range map[string]any{
			"active": true, "iss": "atm", "aud": "id-" + m2mClient, "sub": userID, "client_id": m2mClient, "username": loginID,
			"token_type": "Bearer", "iat": float64(start.Unix()), "exp": float64(start.Unix() + 600),
			"jti": r.claims(tokens.str("access_token"))["jti"],
		} {
			if a.body[name] != want {
				t.Errorf("%s is %v, want %v", name, a.body[name], want)
			}
		}
		a = r.introspect(m2mClient, tokens.str("refresh_token"))
		if a.body["active"] != true || a.body["exp"] != float64(start.Unix()+86400) || a.body["sub"] != userID {
			t.Errorf("of the refresh token: %s", a.Body)
		}
		service := r.wantTokens(r.post("/auth/token", "clientId", serviceClient, "clientSecret", secret, "grant_types", "client_credentials"))
		a = r.introspect(serviceClient, service.str("access_token"))
		if a.body["active"] != true || a.body["sub"] != nil || a.body["username"] != nil {
			t.Errorf("of a client-credentials token: %s", a.Body)
		}
		inactive := func(why, client, token string) {
			t.Helper()
			if a := r.introspect(client, token); a.Code != 200 || strings.TrimSpace(a.Body.String()) != `{"active":false}` {
				t.Errorf("%s: returns %d %s", why, a.Code, a.Body)
			}
		}
		for _, which := range []string{"access_token", "refresh_token"} {
			inactive("another application's "+which, otherClient, tokens.str(which))
		}
		inactive("an id token", m2mClient, tokens.str("id_token"))
		inactive("nonsense", m2mClient, "a.b.c")
		second := r.wantTokens(r.refresh(tokens))
		inactive("a used refresh token", m2mClient, tokens.str("refresh_token"))
		if a := r.introspect(m2mClient, tokens.str("access_token")); a.body["active"] != true {
			t.Error("asking about a used refresh token ended its family")
		}
		r.changeUser(userID, func(u *store.User) { u.Enabled = false })
		inactive("a disabled user's access token", m2mClient, second.str("access_token"))
		inactive("a disabled user's refresh token", m2mClient, second.str("refresh_token"))
		r.changeUser(userID, func(u *store.User) { u.Enabled = true })
		fresh := r.signIn()
		r.clock.Advance(600 * time.Second)
		inactive("an expired access token", m2mClient, fresh.str("access_token"))
		r.clock.Advance(24 * time.Hour)
		inactive("an expired refresh token", m2mClient, fresh.str("refresh_token"))
	})
}

func TestMetadata_NamesThePublicURL(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	for _, path := range []string{"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"} {
		a := r.raw("GET", path, "", "")
		for name, want := range map[string]string{
			"issuer": publicURL, "authorization_endpoint": publicURL + "/login", "token_endpoint": publicURL + "/auth/token",
			"jwks_uri":          publicURL + "/auth/.well-known/jwks.json",
			"userinfo_endpoint": publicURL + "/auth/userinfo", "end_session_endpoint": publicURL + "/logout", "revocation_endpoint": publicURL + "/auth/revoke", "introspection_endpoint": publicURL + "/auth/introspect",
		} {
			if a.str(name) != want {
				t.Errorf("%s: %s is %q, want %q", path, name, a.str(name), want)
			}
		}
		// A public client authenticates nowhere, and does not introspect.
		for name, want := range map[string]string{
			"token_endpoint_auth_methods_supported":                    "[client_secret_basic client_secret_post private_key_jwt none]",
			"revocation_endpoint_auth_methods_supported":               "[client_secret_basic client_secret_post private_key_jwt none]",
			"introspection_endpoint_auth_methods_supported":            "[client_secret_basic client_secret_post private_key_jwt]",
			"token_endpoint_auth_signing_alg_values_supported":         "[RS256 PS256 ES256 EdDSA]",
			"revocation_endpoint_auth_signing_alg_values_supported":    "[RS256 PS256 ES256 EdDSA]",
			"introspection_endpoint_auth_signing_alg_values_supported": "[RS256 PS256 ES256 EdDSA]",
		} {
			if got := fmt.Sprint(a.body[name]); got != want {
				t.Errorf("%s: %s is %s, want %s", path, name, got, want)
			}
		}
		r.wantError(r.raw("POST", path, formType, ""), 405, "invalid_request")
	}
}

func TestCORS_FollowsTheApplicationsOrigins(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		const page, other = "https://app.example.com", "https://evil.example.com"
		const requested = "authorization,cache-control,content-type,dpop,traceparent,x-requested-with"
		allowed := func(a response) string { return a.Header().Get("Access-Control-Allow-Origin") }
		preflight := func(path, origin string) response {
			return r.raw("OPTIONS", path, "", "", "Origin", origin, "Access-Control-Request-Method", "POST",
				"Access-Control-Request-Headers", requested)
		}
		issue := func(client, origin string) response {
			return r.raw("POST", "/auth/token", formType, "grant_type=client_credentials&client_id="+client+"&client_secret="+secret, "Origin", origin)
		}
		if got := allowed(preflight("/auth/token", page)); got != "" {
			t.Errorf("a preflight is allowed for %q, but no application allows an origin", got)
		}
		r.change(m2mClient, func(a *store.Application) { a.AllowedOrigins = []string{"https://a_b.example.com", page} })
		for _, path := range []string{"/auth/token", "/oauth/token", "/auth/revoke"} {
			a := preflight(path, page)
			if a.Code != http.StatusNoContent || allowed(a) != page || !strings.Contains(a.Header().Get("Vary"), "Origin") {
				t.Errorf("%s: preflight returns %d %v", path, a.Code, a.Header())
			}
			if h := a.Header(); h.Get("Access-Control-Allow-Headers") != requested || h.Get("Access-Control-Allow-Credentials") != "true" {
				t.Errorf("%s: preflight allows %v", path, h)
			}
			for _, origin := range []string{other, page + ".evil.com", "https://app.example.co", "null", "https://aXb.example.com", "%", `"`} {
				if got := allowed(preflight(path, origin)); got != "" {
					t.Errorf("%s: a preflight from %s is allowed", path, origin)
				}
			}
		}
		if a := issue(serviceClient, page); a.Code != 200 || allowed(a) != "" || a.Header().Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("an application that does not allow the origin permits it: %v", a.Header())
		}
		r.change(serviceClient, func(a *store.Application) { a.AllowedOrigins = []string{page} })
		if a := issue(serviceClient, page); a.Code != 200 || allowed(a) != page || a.Header().Get("Access-Control-Allow-Credentials") != "true" {
			t.Errorf("an application that allows the origin does not: %v", a.Header())
		}
		if got := allowed(issue(serviceClient, other)); got != "" {
			t.Errorf("allowed for %q", got)
		}
		r.change(serviceClient, func(a *store.Application) { a.AllowedOrigins = []string{"*"} })
		if got := allowed(issue(serviceClient, other)); got != other && got != "*" {
			t.Errorf("* allows %q", got)
		}
		for _, path := range []string{"/auth/.well-known/jwks.json", "/.well-known/openid-configuration"} {
			if a := r.raw("GET", path, "", "", "Origin", other); allowed(a) != "*" {
				t.Errorf("%s is public, but allowed for %q", path, allowed(a))
			}
			a := r.raw("OPTIONS", path, "", "", "Origin", other, "Access-Control-Request-Method", "GET",
				"Access-Control-Request-Headers", requested)
			if allowed(a) != "*" || a.Header().Get("Access-Control-Allow-Headers") != requested {
				t.Errorf("%s: preflight allows %v", path, a.Header())
			}
		}
		if a := r.raw("POST", "/auth/introspect", formType, "", "Origin", page); allowed(a) != "" {
			t.Error("introspection is not for browsers")
		}
	})
}

// TestLimit_NeverLimitsARightSecret: even if the rest of the request is wrong.
func TestLimit_NeverLimitsARightSecret(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	r = newRig(t, options{limiter: ratelimit.New(ratelimit.Config{Clock: r.clock})})
	for range 50 {
		r.wantError(r.post("/auth/token", "clientId", m2mClient, "clientSecret", secret, "grant_types", "user_credentials", "loginId", "nobody@example.com"),
			400, "invalid_grant")
		r.wantError(r.post("/auth/token", "clientId", webClient, "clientSecret", secret, "grant_type", "authorization_code", "code", "unknown"),
			400, "invalid_grant")
	}
	r.signIn()
	for range 30 { // of others, with a wrong secret
		r.post("/auth/token", "clientId", m2mClient, "clientSecret", "wrong", "grant_types", "user_credentials", "loginId", loginID)
	}
	r.signIn()
	r.wantError(r.post("/auth/token", "clientId", m2mClient, "clientSecret", secret, "grant_types", "user_credentials", "loginId", "nobody@example.com"),
		400, "invalid_grant")
}

func TestLimit_CountsOnlyFailures(t *testing.T) {
	t.Parallel()
	limited := options{}
	r := newRig(t, limited)
	r = newRig(t, options{limiter: ratelimit.New(ratelimit.Config{Clock: r.clock, Burst: 3, Every: time.Minute})})
	guess := func() response {
		return r.post("/auth/token", "clientId", m2mClient, "clientSecret", "wrong", "grant_types", "user_credentials", "loginId", loginID)
	}
	for range 20 {
		r.signIn() // success costs nothing
	}
	for range 3 {
		r.wantError(guess(), 401, "invalid_client")
	}
	a := guess()
	r.wantError(a, 429, "slow_down")
	if a.Header().Get("Retry-After") != "60" {
		t.Errorf("Retry-After %q", a.Header().Get("Retry-After"))
	}
	tokens := r.signIn() // right credentials are never limited
	r.wantError(r.post("/auth/token", "clientId", serviceClient, "clientSecret", "wrong", "grant_types", "client_credentials"),
		401, "invalid_client") // another client is another budget
	second := r.wantTokens(r.refresh(tokens))
	for range 20 { // dead refresh tokens are invalid_grant however often they come
		r.wantError(r.refresh(tokens), 400, "invalid_grant")
		r.wantError(r.refresh(second), 400, "invalid_grant")
	}
	for range 20 { // and malformed requests get an error that says so
		r.wantError(r.post("/auth/token", "clientId", m2mClient), 400, "invalid_request")
	}
}

// For every wrong guess, the refusal comes after the same time, which is longer
// than everything that could differ: so time does not tell which of them it
// was.
func TestRefusals_TakeTheSameTime(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	for name, guess := range map[string][3]string{
		"unknown application":           {"unknownunknownunknow", secret, loginID},
		"wrong secret":                  {m2mClient, "x", loginID},
		"unknown user":                  {m2mClient, secret, "nobody@example.com"},
		"not assigned":                  {m2mClient, secret, "stranger@example.com"},
		"wrong secret and unknown user": {m2mClient, "x", "nobody@example.com"},
	} {
		began := time.Now()
		a := r.post("/auth/token", "clientId", guess[0], "clientSecret", guess[1], "grant_types", "user_credentials", "loginId", guess[2])
		if took := time.Since(began); a.Code == 200 || took < 10*time.Millisecond {
			t.Errorf("%s: refused after %v, want 10 ms or more", name, took)
		}
	}
}

// No event carries anything that opens a door.
func TestEvents_CarryNoSecret(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	tokens := r.signIn()
	r.refresh(tokens)
	r.refresh(tokens)
	r.revoke(m2mClient, tokens.str("access_token"))
	r.introspect(m2mClient, tokens.str("refresh_token"))
	code := r.authorize(webClient, nil)
	r.exchange(webClient, code)
	r.post("/auth/token", "clientId", m2mClient, "clientSecret", secret+"x", "grant_types", "user_credentials", "loginId", loginID)
	secrets := []string{secret, code, tokens.str("access_token"), tokens.str("refresh_token"), tokens.str("id_token"),
		base64.StdEncoding.EncodeToString([]byte(secret))}
	if len(r.events) != 8 {
		t.Errorf("%d events of 8 requests", len(r.events))
	}
	for _, e := range r.events {
		text := strings.Join([]string{e.Endpoint, e.GrantType, e.ApplicationID, e.UserID, e.FamilyID, e.Code, string(e.Reason)}, " ")
		if e.Err != nil {
			text += e.Err.Error()
		}
		for _, s := range secrets {
			if strings.Contains(text, s) {
				t.Errorf("event %+v carries a secret", e)
			}
		}
	}
}
