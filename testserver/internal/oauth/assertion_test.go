package oauth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/ratelimit"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
	"github.com/tci-pf/terraform-provider-atm/testserver/testissuer"
)

const (
	jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	subject   = "repo:octo/shop:environment:prod"
)

// trusting makes applications of the rig trust an issuer, with no secret left.
// edit may change the federated credential.
func (r *rig) trusting(edit func(*store.FederatedCredential), clients ...string) *testissuer.Issuer {
	r.t.Helper()
	issuer := testissuer.Start(r.t)
	issuer.Now = r.clock.Now
	for _, client := range clients {
		r.change(client, func(a *store.Application) {
			c := store.FederatedCredential{Name: "prod", Issuer: issuer.URL, Subject: subject, Audience: publicURL}
			if edit != nil {
				edit(&c)
			}
			a.ClientAuthentication, a.FederatedCredentials = "assertion", []store.FederatedCredential{c}
		})
	}
	return issuer
}

// job are the claims of the job that the rig trusts.
func job(more testissuer.Claims) testissuer.Claims {
	all := testissuer.Claims{"sub": subject, "aud": publicURL}
	maps.Copy(all, more)
	return all
}

// by adds an assertion to parameters.
func by(assertion string, members ...string) []string {
	return append(members, "client_assertion", assertion, "client_assertion_type", jwtBearer)
}

// assert signs in with an assertion as the rig's user.
func (r *rig) assert(assertion string) response {
	r.t.Helper()
	return r.form("/auth/token", by(assertion, "client_id", m2mClient, "grant_type", "user_credentials", "login_id", loginID)...)
}

// wantRefused wants the one response to every fault of an assertion, and the
// reason for the operator.
func (r *rig) wantRefused(what string, a response, reason oauth.Reason) {
	r.t.Helper()
	const text = "The application is unknown, or its secret or assertion is wrong."
	if a.Code != 401 || a.str("error") != "invalid_client" || a.str("error_description") != text {
		r.t.Errorf("%s: returns %d %s", what, a.Code, a.Body)
	}
	if e := r.lastEvent(); e.Reason != reason || e.ApplicationID != "" || e.Method != "" {
		r.t.Errorf("%s: event %+v, want reason %s", what, e, reason)
	}
}

func TestAssertion_SignsInWithEachGrant(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		issuer := r.trusting(nil, m2mClient, serviceClient, webClient, spaClient)
		token := func() string { return issuer.Token(job(nil)) }
		for _, path := range []string{oauth.PathToken, oauth.PathTokenAlias} {
			r.wantTokens(r.form(path, by(token(), "client_id", serviceClient, "grant_type", "client_credentials")...))
			r.wantTokens(r.post(path, "clientId", serviceClient, "grantType", "client_credentials",
				"clientAssertion", token(), "clientAssertionType", jwtBearer))
			if e := r.lastEvent(); e.Method != oauth.MethodFederated || e.Credential != "prod" || e.ApplicationID != "id-"+serviceClient {
				t.Errorf("event %+v", e)
			}
		}
		tokens := r.wantTokens(r.assert(token()))
		refreshed := r.wantTokens(r.form("/auth/token", by(token(), "client_id", m2mClient, "grant_type", "refresh_token",
			"refresh_token", tokens.str("refresh_token"))...))
		r.wantTokens(r.refresh(refreshed)) // ATM's form needs none
		if e := r.lastEvent(); e.Method != oauth.MethodIDToken {
			t.Errorf("event %+v", e)
		}
		r.wantTokens(r.form("/auth/token", by(token(), "client_id", webClient, "grant_type", "authorization_code",
			"code", r.authorize(webClient, pkce()), "code_verifier", verifier)...))
		r.wantTokens(r.form("/auth/token", by(token(), "client_id", spaClient, "grant_type", "authorization_code",
			"code", r.authorize(spaClient, pkce()), "code_verifier", verifier)...))

		access := refreshed.str("access_token")
		if a := r.form("/auth/introspect", by(token(), "client_id", m2mClient, "token", access)...); a.body["active"] != true {
			t.Errorf("introspection: %s", a.Body)
		}
		if a := r.form("/auth/revoke", by(token(), "client_id", m2mClient, "token", access)...); a.Code != 200 || r.active(access) {
			t.Errorf("revocation: %d %s", a.Code, a.Body)
		}
	})
}

func TestAssertion_AttacksGetOneResponse(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		issuer := r.trusting(func(c *store.FederatedCredential) {
			c.Claims, c.LoginIDs = map[string]string{"repository_id": "7"}, []string{loginID}
		}, m2mClient)
		other := r.trusting(nil, otherClient)
		r.change(otherClient, func(a *store.Application) {
			a.FederatedCredentials[0].JWKSURI = other.URL + testissuer.PathJWKS
		})
		right := func(more testissuer.Claims) string {
			claims := job(testissuer.Claims{"repository_id": 7})
			maps.Copy(claims, more)
			return issuer.Token(claims)
		}
		own := r.wantTokens(r.assert(right(nil)))
		at := func(d time.Duration) int64 { return start.Add(d).Unix() }
		attacker := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
		_, kid := issuer.Key()
		forge := func(header map[string]any) string {
			return testissuer.Sign(jwt.SigningMethodES256, attacker, header, issuer.Complete(job(testissuer.Claims{"repository_id": 7})))
		}
		for name, tc := range map[string]struct {
			assertion string
			reason    oauth.Reason
		}{
			"a final slash of the issuer":      {right(testissuer.Claims{"iss": issuer.URL + "/"}), "assertion_issuer"},
			"letter case of the issuer":        {right(testissuer.Claims{"iss": strings.ToUpper(issuer.URL)}), "assertion_issuer"},
			"another application's issuer":     {other.Token(job(nil)), "assertion_issuer"},
			"this server's id token":           {own.str("id_token"), "assertion_issuer"},
			"this server's access token":       {own.str("access_token"), "assertion_malformed"},
			"another audience":                 {right(testissuer.Claims{"aud": "https://other.example"}), "assertion_audience"},
			"two audiences, ours among them":   {right(testissuer.Claims{"aud": []string{publicURL, "x"}}), "assertion_audience"},
			"another job":                      {right(testissuer.Claims{"sub": "repo:octo/shop:environment:test"}), "assertion_subject"},
			"a pull request":                   {right(testissuer.Claims{"sub": "repo:octo/shop:pull_request"}), "assertion_subject"},
			"another claim":                    {right(testissuer.Claims{"repository_id": 8}), "assertion_claims"},
			"no exp":                           {right(testissuer.Claims{"exp": nil}), "assertion_malformed"},
			"expired":                          {right(testissuer.Claims{"exp": at(-2 * time.Minute)}), "assertion_expired"},
			"of the future":                    {right(testissuer.Claims{"nbf": at(2 * time.Minute)}), "assertion_not_yet_valid"},
			"older than 24 h with a valid exp": {right(testissuer.Claims{"iat": at(-25 * time.Hour)}), "assertion_too_old"},
			"another key":                      {forge(map[string]any{"kid": kid}), "assertion_signature"},
			"an unknown kid":                   {forge(map[string]any{"kid": "x"}), "assertion_key"},
			"crit":                             {forge(map[string]any{"kid": kid, "crit": []string{"b64"}}), "assertion_malformed"},
			"HS256":                            {testissuer.Sign(jwt.SigningMethodHS256, []byte("x"), nil, issuer.Complete(job(nil))), "assertion_algorithm"},
			"17 KiB":                           {right(testissuer.Claims{"x": strings.Repeat("x", 17<<10)}), "assertion_malformed"},
			"no token":                         {"x", "assertion_malformed"},
		} {
			r.wantRefused(name, r.assert(tc.assertion), tc.reason)
		}
		r.wantRefused("an unknown application", r.form("/auth/token", by(right(nil), "client_id", "nobody", "grant_type", "client_credentials")...),
			oauth.ReasonUnknownApplication)
		r.wantRefused("another assertion type", r.form("/auth/token", "client_id", m2mClient, "grant_type", "user_credentials", "login_id", loginID,
			"client_assertion", right(nil), "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"), oauth.ReasonAssertionType)
		r.wantRefused("another user", r.form("/auth/token", by(right(nil), "client_id", m2mClient, "grant_type", "user_credentials",
			"login_id", "stranger@example.com")...), "assertion_login")
		r.wantRefused("another application", r.form("/auth/token", by(right(nil), "client_id", otherClient, "grant_type", "user_credentials",
			"login_id", loginID)...), "assertion_issuer")
		r.makePublic()
		r.wantRefused("a public client", r.form("/auth/token", by(right(nil), "client_id", spaClient, "grant_type", "authorization_code", "code", "x")...),
			oauth.ReasonPublicClient)
		for _, path := range []string{"/auth/revoke", "/auth/introspect"} {
			r.wantRefused(path, r.form(path, by(forge(map[string]any{"kid": kid}), "client_id", m2mClient, "token", own.str("access_token"))...), "assertion_signature")
		}
		if !r.active(own.str("access_token")) {
			t.Error("a refused revocation took effect")
		}
		r.wantTokens(r.assert(right(nil)))
		if n := other.Requests(testissuer.PathJWKS); n != 0 {
			t.Errorf("strangers caused %d fetches", n)
		}
	})
}

func TestAssertion_OneWayAtATime(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		issuer := r.trusting(nil, m2mClient)
		r.change(m2mClient, func(a *store.Application) { a.ClientAuthentication = "secret" })
		r.write(func(tx *store.Tx) error {
			_, err := tx.RotateSecret("id-"+m2mClient, sum(secret), time.Time{}, start)
			return err
		})
		base := []string{"client_id", m2mClient, "grant_type", "user_credentials", "login_id", loginID}
		assertion := issuer.Token(job(nil))
		for name, more := range map[string][]string{
			"both right":               {"client_secret", secret, "client_assertion", assertion, "client_assertion_type", jwtBearer},
			"a wrong secret":           {"client_secret", "x", "client_assertion", assertion, "client_assertion_type", jwtBearer},
			"a secret and the type":    {"client_secret", secret, "client_assertion_type", jwtBearer},
			"no type":                  {"client_assertion", assertion},
			"only the type":            {"client_assertion_type", jwtBearer},
			"an empty assertion":       {"client_assertion", "", "client_assertion_type", jwtBearer},
			"a repeated assertion":     {"client_assertion", assertion, "client_assertion", assertion, "client_assertion_type", jwtBearer},
			"a repeated type":          {"client_assertion", assertion, "client_assertion_type", jwtBearer, "client_assertion_type", jwtBearer},
			"two spellings, different": {"client_assertion", assertion, "clientAssertion", "x", "client_assertion_type", jwtBearer},
		} {
			if a := r.form("/auth/token", append(base[:len(base):len(base)], more...)...); a.Code != 400 || a.str("error") != "invalid_request" {
				t.Errorf("%s: returns %d %s", name, a.Code, a.Body)
			}
		}
		for _, password := range []string{secret, ""} {
			req := formRequest("/auth/token", by(assertion, base...)...)
			req.SetBasicAuth(m2mClient, password)
			r.wantError(r.do(req), 400, "invalid_request")
		}
		query := formRequest("/auth/token?client_assertion="+assertion, by(assertion, base...)...)
		r.wantError(r.do(query), 400, "invalid_request")
		r.wantError(r.form("/auth/token", by(assertion, "grant_type", "client_credentials")...), 401, "invalid_client")
		r.wantTokens(r.form("/auth/token", append(base, "client_secret", secret)...))
		r.wantTokens(r.assert(assertion))
	})
}

func TestAssertion_AnApplicationWithoutASecretTakesNone(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		r.trusting(nil, m2mClient)
		base := []string{"client_id", m2mClient, "grant_type", "user_credentials", "login_id", loginID}
		r.wantRefused("a secret", r.form("/auth/token", append(base, "client_secret", secret)...), oauth.ReasonNeedsAssertion)
		nothing, unknown := r.form("/auth/token", base...), r.form("/auth/token", "client_id", "nobody", "grant_type", "user_credentials", "login_id", loginID)
		if nothing.Code != 401 || nothing.Body.String() != unknown.Body.String() {
			t.Errorf("returns %s, and to an unknown application %s", nothing.Body, unknown.Body)
		}
	})
}

func TestAssertion_UnreachableKeysAreRetried(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		issuer := r.trusting(nil, m2mClient)
		issuer.Handle(testissuer.PathJWKS, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", http.StatusBadGateway) }))
		a := r.assert(issuer.Token(job(nil)))
		r.wantError(a, 503, "temporarily_unavailable")
		if a.Header().Get("Retry-After") != "60" || r.lastEvent().Reason != "assertion_keys_unreachable" {
			t.Errorf("Retry-After %q, event %+v", a.Header().Get("Retry-After"), r.lastEvent())
		}
		r.wantRefused("one that names no entry", r.assert(issuer.Token(job(testissuer.Claims{"sub": "x"}))), "assertion_subject")
		issuer.Handle(testissuer.PathJWKS, http.RedirectHandler("/other", http.StatusFound))
		r.clock.Freeze(start.Add(time.Minute))
		r.wantRefused("a redirect", r.assert(issuer.Token(job(nil))), "assertion_keys_invalid")
	})
}

func TestAssertion_SingleUse(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		issuer := r.trusting(func(c *store.FederatedCredential) { c.SingleUse = true }, m2mClient, otherClient)
		token := issuer.Token(job(nil))
		r.wantError(r.form("/auth/token", by(token, "client_id", m2mClient, "grant_type", "user_credentials", "login_id", "nobody@example.com")...), 400, "invalid_grant")
		tokens := r.wantTokens(r.assert(token)) // what was refused did not use it up
		r.wantRefused("again", r.assert(token), "assertion_replayed")
		r.wantRefused("for an unknown user", r.form("/auth/token", by(token, "client_id", m2mClient, "grant_type", "user_credentials", "login_id", "nobody@example.com")...), "assertion_replayed")
		for _, path := range []string{"/auth/introspect", "/auth/revoke"} {
			r.wantRefused(path, r.form(path, by(token, "client_id", m2mClient, "token", tokens.str("access_token"))...), "assertion_replayed")
		}
		r.wantRefused("at a refresh", r.form("/auth/token", by(token, "client_id", m2mClient, "grant_type", "refresh_token",
			"refresh_token", tokens.str("refresh_token"))...), "assertion_replayed")
		r.wantRefused("at another application", r.form("/auth/token", by(token, "client_id", otherClient, "grant_type", "user_credentials",
			"login_id", loginID)...), "assertion_replayed")
		r.wantTokens(r.refresh(tokens)) // nothing of it was used up
		r.wantRefused("no jti", r.assert(issuer.Token(job(testissuer.Claims{"jti": nil}))), "assertion_no_jti")
		r.wantTokens(r.assert(issuer.Token(job(nil))))
		// Also the last second in which it could be used, it is known.
		r.clock.Freeze(start.Add(11*time.Minute - time.Second))
		if _, err := r.store.Sweep(t.Context(), store.Sweep{Holder: "h", Now: r.clock.Now()}); err != nil {
			t.Fatal(err)
		}
		r.wantRefused("within the leeway", r.assert(token), "assertion_replayed")
	})
}

func TestAssertion_OfTwoReplicasOneWins(t *testing.T) {
	t.Parallel()
	first := newRig(t, options{store: store.Options{DatabaseURL: postgrestest.URL(t)}})
	second := newRig(t, options{shared: first.store})
	issuer := first.trusting(func(c *store.FederatedCredential) { c.SingleUse = true }, m2mClient)
	for range 5 {
		token := issuer.Token(job(nil))
		results := make(chan string, 8)
		var all sync.WaitGroup
		for n := range 8 {
			all.Go(func() {
				r := []*rig{first, second}[n%2]
				results <- r.assert(token).str("error")
			})
		}
		all.Wait()
		close(results)
		won := 0
		for result := range results {
			switch result {
			case "":
				won++
			case "invalid_client":
			default:
				t.Error(result)
			}
		}
		if won != 1 {
			t.Errorf("%d of 8 won", won)
		}
	}
}

func TestAssertion_TokensEndAfterSixHours(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		issuer := r.trusting(nil, m2mClient)
		r.change(m2mClient, func(a *store.Application) { a.AccessTokenLifespan, a.RefreshTokenLifespan = 3600, 86400 })
		tokens := r.wantTokens(r.assert(issuer.Token(job(nil))))
		if tokens.body["expires_in"] != 3600.0 {
			t.Errorf("the first token lives for %v", tokens.body["expires_in"])
		}
		r.clock.Freeze(start.Add(5*time.Hour + 30*time.Minute))
		tokens = r.wantTokens(r.refresh(tokens))
		if got := r.claims(tokens.str("access_token"))["exp"].(float64); got != float64(start.Add(6*time.Hour).Unix()) || tokens.body["expires_in"] != 1800.0 {
			t.Errorf("a refreshed token expires at %v, in %v s", got, tokens.body["expires_in"])
		}
		r.clock.Freeze(start.Add(6*time.Hour - time.Second))
		tokens = r.wantTokens(r.refresh(tokens))
		r.clock.Freeze(start.Add(6 * time.Hour))
		r.wantError(r.refresh(tokens), 400, "invalid_grant")
		if r.active(tokens.str("access_token")) {
			t.Error("a refreshed token outlives the family")
		}
		r.change(m2mClient, func(a *store.Application) { a.AccessTokenLifespan = 86400 })
		tokens = r.wantTokens(r.assert(issuer.Token(job(nil))))
		if tokens.body["expires_in"] != 86400.0 {
			t.Errorf("a long access token lives for %v", tokens.body["expires_in"])
		}
	})
}

func TestAssertion_ChangesOfTheEntryTakeEffectAtOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		issuer := r.trusting(nil, m2mClient)
		tokens := r.wantTokens(r.assert(issuer.Token(job(nil))))
		r.change(m2mClient, func(a *store.Application) { a.FederatedCredentials[0].Subject = "repo:octo/shop:environment:test" })
		if r.active(tokens.str("access_token")) {
			t.Error("its tokens go on")
		}
		r.wantError(r.refresh(tokens), 400, "invalid_grant")
		r.wantRefused("the job of before", r.assert(issuer.Token(job(nil))), "assertion_subject")
		r.wantTokens(r.assert(issuer.Token(job(testissuer.Claims{"sub": "repo:octo/shop:environment:test"}))))

		// An entry that is removed while its issuer responds.
		r.change(m2mClient, func(a *store.Application) { a.FederatedCredentials[0].JWKSURI = issuer.URL + "/slow" })
		issuer.Handle("/slow", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			r.change(m2mClient, func(a *store.Application) { a.FederatedCredentials = nil })
			_, _ = w.Write(issuer.JWKS())
		}))
		a := r.assert(issuer.Token(job(testissuer.Claims{"sub": "repo:octo/shop:environment:test"})))
		r.wantError(a, 401, "invalid_client")
		if e := r.lastEvent(); e.Reason != "assertion_credential_changed" {
			t.Errorf("event %+v", e)
		}
	})
}

func TestAssertion_UsersOfTheEntry(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		issuer := r.trusting(func(c *store.FederatedCredential) { c.LoginIDs = []string{"stranger@example.com"} }, webClient, m2mClient)
		a := r.form("/auth/token", by(issuer.Token(job(nil)), "client_id", webClient, "grant_type", "authorization_code",
			"code", r.authorize(webClient, pkce()), "code_verifier", verifier)...)
		r.wantError(a, 401, "invalid_client")
		if e := r.lastEvent(); e.Reason != "assertion_login" {
			t.Errorf("event %+v", e)
		}
		// It does not refresh another user's tokens either.
		r.change(m2mClient, func(a *store.Application) { a.FederatedCredentials[0].LoginIDs = nil })
		tokens := r.wantTokens(r.assert(issuer.Token(job(nil))))
		r.change(m2mClient, func(a *store.Application) {
			limited := a.FederatedCredentials[0]
			limited.Name, limited.Subject, limited.LoginIDs = "limited", "repo:octo/shop:environment:test", []string{"stranger@example.com"}
			a.FederatedCredentials = append(a.FederatedCredentials, limited)
		})
		a = r.form("/auth/token", by(issuer.Token(job(testissuer.Claims{"sub": "repo:octo/shop:environment:test"})), "client_id", m2mClient,
			"grant_type", "refresh_token", "refresh_token", tokens.str("refresh_token"))...)
		r.wantError(a, 401, "invalid_client")
		r.wantTokens(r.refresh(tokens))
	})
}

func TestAssertion_GuessesAreLimited(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{limiter: ratelimit.New(ratelimit.Config{Burst: 3})})
	issuer := r.trusting(nil, m2mClient)
	for range 3 {
		r.wantRefused("a guess", r.assert(issuer.Token(job(testissuer.Claims{"sub": "x"}))), "assertion_subject")
	}
	r.wantError(r.assert(issuer.Token(job(testissuer.Claims{"sub": "x"}))), 429, "slow_down")
	r.wantTokens(r.assert(issuer.Token(job(nil)))) // a right one never is
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
