package oauth_test

import (
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/ratelimit"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

// makePublic makes the rig's PKCE application a public client.
func (r *rig) makePublic() {
	r.t.Helper()
	r.change(spaClient, func(a *store.Application) { a.ClientAuthentication = "none" })
}

// tryPublic exchanges a code as a public client; more names and values may
// follow.
func (r *rig) tryPublic(code string, more ...string) response {
	r.t.Helper()
	return r.form("/auth/token", append([]string{
		"client_id", spaClient, "grant_type", "authorization_code", "code", code}, more...)...)
}

// publicSignIn issues tokens for the public client.
func (r *rig) publicSignIn() response {
	r.t.Helper()
	return r.wantTokens(r.tryPublic(r.authorize(spaClient, pkce()), "code_verifier", verifier))
}

func (r *rig) publicRefresh(tokens response, more ...string) response {
	r.t.Helper()
	return r.form("/auth/token", append([]string{
		"client_id", spaClient, "grant_type", "refresh_token", "refresh_token", tokens.str("refresh_token")}, more...)...)
}

func TestPublicClient_FromCodeToRevocationWithoutASecret(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		r.makePublic()
		first := r.publicSignIn()
		if e := r.lastEvent(); e.ApplicationID != "id-"+spaClient || !e.OK() {
			t.Errorf("event %+v", e)
		}
		second := r.wantTokens(r.publicRefresh(first))
		if second.str("refresh_token") == first.str("refresh_token") {
			t.Error("the refresh token was not rotated")
		}
		third := r.wantTokens(r.publicRefresh(second, "id_token", first.str("id_token")))
		if a := r.form("/auth/revoke", "client_id", spaClient, "token", third.str("refresh_token")); a.Code != 200 {
			t.Errorf("revocation: returns %d %s", a.Code, a.Body)
		}
		if r.active(third.str("access_token")) {
			t.Error("the token outlives its revocation")
		}
		r.wantError(r.publicRefresh(third), 400, "invalid_grant")

		reused := r.publicSignIn()
		r.wantTokens(r.publicRefresh(reused))
		r.wantError(r.publicRefresh(reused), 400, "invalid_grant")
		if r.active(reused.str("access_token")) {
			t.Error("the reuse of a refresh token did not end its family")
		}
	})
}

// Clients without a secret: x/oauth2 tries HTTP Basic with an empty password
// first.
func TestPublicClient_WorksWithAnOrdinaryLibrary(t *testing.T) {
	t.Parallel()
	for name, style := range map[string]oauth2.AuthStyle{
		"basic": oauth2.AuthStyleInHeader, "post": oauth2.AuthStyleInParams, "tried": oauth2.AuthStyleAutoDetect,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, server := newHTTPRig(t)
			r.makePublic()
			ctx := oidc.ClientContext(t.Context(), server.Client())
			provider, err := oidc.NewProvider(ctx, server.URL)
			if err != nil {
				t.Fatal(err)
			}
			endpoint := provider.Endpoint()
			endpoint.AuthStyle = style
			config := oauth2.Config{ClientID: spaClient, Endpoint: endpoint, RedirectURL: redirectURL}
			verifier := oauth2.GenerateVerifier()
			code := r.followAuthorization(config.AuthCodeURL("st", oauth2.S256ChallengeOption(verifier)), "st")
			token, err := config.Exchange(ctx, code, oauth2.VerifierOption(verifier))
			if err != nil {
				t.Fatalf("exchange: %v", err)
			}
			token.Expiry = time.Now().Add(-time.Minute)
			if _, err := config.TokenSource(ctx, token).Token(); err != nil {
				t.Errorf("refresh: %v", err)
			}
		})
	}
}

func TestPublicClient_CodeNeedsItsVerifier(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		r.makePublic()
		for name, more := range map[string][]string{
			"no verifier":      nil,
			"a wrong verifier": {"code_verifier", verifier[1:] + "x"},
		} {
			code := r.authorize(spaClient, pkce())
			r.wantError(r.tryPublic(code, more...), 400, "invalid_grant")
			if a := r.tryPublic(code, "code_verifier", verifier); a.Code == 200 {
				t.Errorf("%s: the code has a second try", name)
			}
		}
		// The sign-in page makes no such code.
		err := r.store.Direct(t.Context()).CreateCode(store.AuthorizationCode{
			Hash: sum("bare"), ApplicationID: "id-" + spaClient, UserID: userID, AuthTime: start, CreatedAt: start, ExpiresAt: start.Add(time.Minute),
		})
		if err != nil {
			t.Fatal(err)
		}
		r.wantError(r.tryPublic("bare"), 400, "invalid_grant")
		for name, params := range map[string]map[string][]string{
			"no challenge": nil, "plain": {"code_challenge": {verifier}, "code_challenge_method": {"plain"}},
		} {
			form := map[string][]string{"client_id": {spaClient}}
			for k, v := range params {
				form[k] = v
			}
			if _, err := r.server.ParseAuthorization(t.Context(), form); err == nil {
				t.Errorf("%s: the authorization request is accepted", name)
			}
		}
	})
}

func TestPublicClient_Refused(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		confidential := r.exchange(spaClient, r.authorize(spaClient, pkce()), "code_verifier", verifier)
		r.makePublic()
		tokens, others := r.publicSignIn(), r.signIn()
		basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(spaClient+":"+secret))
		for name, c := range map[string]struct {
			response func() response
			status   int
			code     string
			reason   oauth.Reason
		}{
			"code with a secret": {func() response {
				return r.tryPublic(r.authorize(spaClient, pkce()), "code_verifier", verifier, "client_secret", secret)
			}, 401, "invalid_client", oauth.ReasonPublicClient},
			"code with a secret as Basic": {func() response {
				return r.raw("POST", "/auth/token", formType, "grant_type=authorization_code&code=x", "Authorization", basic)
			}, 401, "invalid_client", oauth.ReasonPublicClient},
			"refresh with a secret": {func() response { return r.publicRefresh(tokens, "client_secret", secret) },
				401, "invalid_client", oauth.ReasonPublicClient},
			"revocation with a secret": {func() response {
				return r.form("/auth/revoke", "client_id", spaClient, "client_secret", secret, "token", "x")
			}, 401, "invalid_client", oauth.ReasonPublicClient},
			"introspection": {func() response {
				return r.form("/auth/introspect", "client_id", spaClient, "token", tokens.str("access_token"))
			}, 401, "invalid_client", oauth.ReasonPublicClient},
			"client credentials": {func() response {
				return r.form("/auth/token", "client_id", spaClient, "grant_type", "client_credentials")
			}, 400, "unauthorized_client", oauth.ReasonWrongType},
			"user credentials": {func() response {
				return r.form("/auth/token", "client_id", spaClient, "grant_type", "user_credentials", "login_id", loginID)
			}, 400, "unauthorized_client", oauth.ReasonWrongType},
			"refresh of what needed a secret": {func() response { return r.publicRefresh(confidential) },
				400, "invalid_grant", oauth.ReasonFamilyEnded},
			"refresh of another application's": {func() response { return r.publicRefresh(others) },
				400, "invalid_grant", oauth.ReasonWrongApplication},
			"refresh with another's id token": {func() response { return r.publicRefresh(tokens, "id_token", others.str("id_token")) },
				400, "invalid_grant", oauth.ReasonWrongIDToken},
			"refresh in the name of a confidential one": {func() response {
				return r.form("/auth/token", "client_id", m2mClient, "grant_type", "refresh_token", "refresh_token", others.str("refresh_token"))
			}, 400, "invalid_request", oauth.ReasonNoSecret},
			"refresh in the name of an unknown client": {func() response {
				return r.form("/auth/token", "client_id", "unknown", "grant_type", "refresh_token", "refresh_token", tokens.str("refresh_token"))
			}, 400, "invalid_request", oauth.ReasonUnknownApplication},
			"code in the name of a confidential one": {func() response {
				return r.form("/auth/token", "client_id", webClient, "grant_type", "authorization_code", "code", "x")
			}, 401, "invalid_client", oauth.ReasonNoSecret},
			"code in the name of an unknown client": {func() response {
				return r.form("/auth/token", "client_id", "unknown", "grant_type", "authorization_code", "code", "x")
			}, 401, "invalid_client", oauth.ReasonUnknownApplication},
			"another application's code": {func() response { return r.tryPublic(r.authorize(webClient, pkce()), "code_verifier", verifier) },
				400, "invalid_grant", oauth.ReasonUnknownCode},
		} {
			a := c.response()
			if reason := r.lastEvent().Reason; a.Code != c.status || a.str("error") != c.code || reason != c.reason {
				t.Errorf("%s: returns %d %s (%s), want %d %s (%s)", name, a.Code, a.Body, reason, c.status, c.code, c.reason)
			}
			checkRefusal(t, name, a)
		}
		if a := r.form("/auth/revoke", "client_id", spaClient, "token", others.str("refresh_token")); a.Code != 200 || !r.active(others.str("access_token")) {
			t.Errorf("revocation of another application's token: returns %d", a.Code)
		}
		r.wantTokens(r.publicRefresh(tokens)) // none of it used the token up
	})
}

// Neither the response to a request without a secret nor its time tells whether
// a client id exists.
func TestRefusals_OfAMissingSecretDoNotTellWhetherTheApplicationExists(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	for _, path := range []string{"/auth/token", "/auth/revoke", "/auth/introspect"} {
		for _, grant := range []string{"authorization_code", "refresh_token", "client_credentials"} {
			ask := func(client string) response {
				began := time.Now()
				a := r.form(path, "client_id", client, "grant_type", grant, "refresh_token", "x", "code", "x", "token", "x")
				if took := time.Since(began); a.Code == http.StatusOK || took < 10*time.Millisecond {
					t.Errorf("%s %s: returns %d after %v", path, grant, a.Code, took)
				}
				return a
			}
			if known, unknown := ask(webClient), ask("unknown"); known.Code != unknown.Code || known.Body.String() != unknown.Body.String() {
				t.Errorf("%s %s: %s and %s", path, grant, known.Body, unknown.Body)
			}
		}
	}
}

func TestPublicClient_BecomesConfidentialAgain(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		r.makePublic()
		tokens := r.publicSignIn()
		r.change(spaClient, func(a *store.Application) { a.ClientAuthentication = "secret" })
		r.wantError(r.publicRefresh(tokens), 400, "invalid_request")
		r.wantError(r.publicRefresh(tokens, "client_secret", secret), 401, "invalid_client") // deleted
		r.wantError(r.tryPublic(r.authorize(spaClient, pkce()), "code_verifier", verifier), 401, "invalid_client")
		r.write(func(tx *store.Tx) error {
			_, err := tx.RotateSecret("id-"+spaClient, sum("the new one"), time.Time{}, r.clock.Now())
			return err
		})
		r.wantTokens(r.publicRefresh(tokens, "client_secret", "the new one"))
	})
}

// A public client proves nothing, so that its guesses are counted.
func TestLimit_CountsAPublicClientsFailures(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	r = newRig(t, options{limiter: ratelimit.New(ratelimit.Config{Clock: r.clock, Burst: 3, Every: time.Minute})})
	r.makePublic()
	for range 3 {
		r.wantError(r.tryPublic("guessed", "code_verifier", verifier), 400, "invalid_grant")
	}
	r.wantError(r.tryPublic("guessed", "code_verifier", verifier), 429, "slow_down")
	tokens := r.publicSignIn()
	r.wantTokens(r.publicRefresh(tokens))
}

func TestIntrospect_TellsAResourceServerOfTheTokensOfItsSuite(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		r.write(func(tx *store.Tx) error {
			if _, err := tx.CreateSuite(store.Suite{ID: "elsewhere", Name: "elsewhere"}, start); err != nil {
				return err
			}
			if _, err := tx.CreateProject(store.Project{ID: "there", SuiteID: "elsewhere", Name: "there"}, start); err != nil {
				return err
			}
			_, err := tx.CreateProject(store.Project{ID: "second", SuiteID: "suite", Name: "second"}, start)
			return err
		})
		r.change(m2mClient, func(a *store.Application) { a.ProjectID = "second" })
		r.makePublic()
		users, public := r.signIn(), r.publicSignIn()
		service := r.wantTokens(r.post("/auth/token", "clientId", serviceClient, "clientSecret", secret, "grant_types", "client_credentials"))
		tokens := map[string]string{
			"an access token": users.str("access_token"), "a refresh token": users.str("refresh_token"),
			"a public client's": public.str("access_token"), "a service's": service.str("access_token"),
		}
		active := func(want bool) {
			t.Helper()
			for name, token := range tokens {
				if a := r.introspect(otherClient, token); a.Code != 200 || a.body["active"] != want || (!want && len(a.body) != 1) {
					t.Errorf("%s: returns %d %s, want active %t", name, a.Code, a.Body, want)
				}
			}
		}
		active(false)
		r.change(otherClient, func(a *store.Application) { a.IntrospectionAccess = true })
		active(true)
		a := r.introspect(otherClient, users.str("access_token"))
		if a.str("client_id") != m2mClient || a.str("aud") != "id-"+m2mClient || a.str("username") != loginID {
			t.Errorf("it is told %s", a.Body)
		}
		if a := r.introspect(otherClient, users.str("id_token")); a.body["active"] != false {
			t.Errorf("of an id token: %s", a.Body)
		}
		if a := r.introspect(m2mClient, service.str("access_token")); a.body["active"] != false {
			t.Errorf("an application without the access is told %s", a.Body)
		}
		// It revokes no more than before.
		r.revoke(otherClient, users.str("access_token"))
		active(true)
		r.change(otherClient, func(a *store.Application) { a.SuiteID, a.ProjectID = "elsewhere", "there" })
		active(false)
		r.change(otherClient, func(a *store.Application) { a.SuiteID, a.ProjectID = "suite", "project" })
		active(true)
		r.change(otherClient, func(a *store.Application) { a.IntrospectionAccess = false })
		active(false)
	})
}
