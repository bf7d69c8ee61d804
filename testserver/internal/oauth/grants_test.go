package oauth_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/internal/validation/validationtest"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func TestUserCredentials_ReturnsWhatTheDocumentationShows(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		a := r.signIn()
		want := []string{"access_token", "exp_access_token", "expires_in", "id_token", "refresh_token", "token_type"}
		if got := slices.Sorted(maps.Keys(a.body)); !slices.Equal(got, want) {
			t.Errorf("members %v, want %v", got, want)
		}
		if a.body["exp_access_token"] != 600.0 || a.body["expires_in"] != 600.0 || a.body["token_type"] != "Bearer" {
			t.Errorf("returns %s", a.Body)
		}
		if a.Header().Get("Cache-Control") != "no-store" || a.Header().Get("Content-Type") != "application/json" {
			t.Errorf("headers %v", a.Header())
		}
		claims := r.claims(a.str("access_token"))
		jti, _ := claims["jti"].(string)
		delete(claims, "jti")
		wantClaims := fmt.Sprint(map[string]any{
			"iss": "atm", "aud": "id-" + m2mClient, "iat": float64(start.Unix()), "exp": float64(start.Unix() + 600),
			"scope": map[string]any{"email": loginID, "id": userID, "firstName": "Thong", "lastName": ""},
		})
		if got := fmt.Sprint(claims); got != wantClaims {
			t.Errorf("claims %s, want %s", got, wantClaims)
		}
		if family := r.lastEvent().FamilyID; family == "" || len(jti) != len(family)+22 || jti[:len(family)+1] != family+"." {
			t.Errorf("jti %q, want <family id>.<random>", jti)
		}
		id := r.claims(a.str("id_token"))
		for name, want := range map[string]any{
			"iss": publicURL, "aud": m2mClient, "sub": userID, "email": loginID, "auth_time": float64(start.Unix()),
		} {
			if id[name] != want {
				t.Errorf("id token's %s is %v, want %v", name, id[name], want)
			}
		}
		if id["nonce"] != nil {
			t.Error("the id token has a nonce that no request sent")
		}
		e := r.lastEvent()
		if !e.OK() || e.GrantType != "user_credentials" || e.ApplicationID != "id-"+m2mClient || e.UserID != userID || e.Status != 200 {
			t.Errorf("event %+v", e)
		}
	})
}

func TestUserCredentials_TwoTokensOfOneSecondDiffer(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	if a, b := r.signIn(), r.signIn(); a.str("access_token") == b.str("access_token") {
		t.Error("two access tokens of one second are the same")
	}
}

func TestUserCredentials_LoginIDIsComparedWithoutCase(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	r.wantTokens(r.post("/auth/token", "clientId", m2mClient, "clientSecret", secret,
		"grant_types", "user_credentials", "loginId", "Admin@GMail.com"))
}

func TestUserCredentials_LoginIDIsComparedInEveryForm(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		for _, group := range validationtest.SameEmails() {
			r.changeUser(userID, func(u *store.User) { u.Email = group[0] })
			for _, form := range group {
				r.wantTokens(r.post("/auth/token", "clientId", m2mClient, "clientSecret", secret,
					"grant_types", "user_credentials", "loginId", form))
			}
		}
	})
}

func TestUserCredentials_RefusalsDoNotTellUserFromAssignment(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		request := func(client, secret, login string) response {
			return r.post("/auth/token", "clientId", client, "clientSecret", secret, "grant_types", "user_credentials", "loginId", login)
		}
		unknownUser := request(m2mClient, secret, "nobody@example.com")
		r.wantError(unknownUser, 400, "invalid_grant")
		if e := r.lastEvent(); e.Reason != oauth.ReasonUnknownUser || e.OK() {
			t.Errorf("event %+v", e)
		}
		notAssigned := request(m2mClient, secret, "stranger@example.com")
		if e := r.lastEvent(); e.Reason != oauth.ReasonNotAssigned {
			t.Errorf("event %+v", e)
		}
		r.write(func(tx *store.Tx) error {
			_, _, err := tx.PutAssignment("id-"+m2mClient, store.AssignmentSet{UserID: strangerID}, start)
			return err
		})
		assignmentDisabled := request(m2mClient, secret, "stranger@example.com")
		if e := r.lastEvent(); e.Reason != oauth.ReasonAssignmentDisabled {
			t.Errorf("event %+v", e)
		}
		r.changeUser(userID, func(u *store.User) { u.Enabled = false })
		userDisabled := request(m2mClient, secret, loginID)
		if e := r.lastEvent(); e.Reason != oauth.ReasonUserDisabled {
			t.Errorf("event %+v", e)
		}
		for name, a := range map[string]response{"not assigned": notAssigned, "assignment disabled": assignmentDisabled, "user disabled": userDisabled} {
			if a.Code != unknownUser.Code || a.Body.String() != unknownUser.Body.String() {
				t.Errorf("%s returns %d %s, an unknown user %d %s", name, a.Code, a.Body, unknownUser.Code, unknownUser.Body)
			}
		}
		wrong, unknown := request(m2mClient, secret+"x", loginID), request("unknownunknownunknow", secret, loginID)
		r.wantError(wrong, 401, "invalid_client")
		if wrong.Code != unknown.Code || wrong.Body.String() != unknown.Body.String() {
			t.Errorf("a wrong secret returns %s, an unknown application %s", wrong.Body, unknown.Body)
		}
		if e := r.lastEvent(); e.ApplicationID != "" || e.Reason != oauth.ReasonUnknownApplication {
			t.Errorf("event %+v", e)
		}
	})
}

func TestToken_AuthenticatorTypeMustMatchTheGrant(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	right := map[string]string{
		"user_credentials": m2mClient, "client_credentials": serviceClient, "authorization_code": webClient,
	}
	for grant := range right {
		for _, client := range []string{m2mClient, serviceClient, webClient, spaClient} {
			if right[grant] == client || (grant == "authorization_code" && client == spaClient) {
				continue
			}
			a := r.post("/auth/token", "clientId", client, "clientSecret", secret, "grant_type", grant, "loginId", loginID, "code", "x")
			if a.Code != 400 || a.str("error") != "unauthorized_client" {
				t.Errorf("%s with %s returns %d %s", grant, client, a.Code, a.Body)
			}
		}
	}
}

func TestClientCredentials_ReturnsNeitherRefreshNorIDToken(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		a := r.wantTokens(r.post("/auth/token", "clientId", serviceClient, "clientSecret", secret, "grant_types", "client_credentials"))
		want := []string{"access_token", "exp_access_token", "expires_in", "token_type"}
		if got := slices.Sorted(maps.Keys(a.body)); !slices.Equal(got, want) {
			t.Errorf("members %v, want %v", got, want)
		}
		claims := r.claims(a.str("access_token"))
		if scope, ok := claims["scope"].(map[string]any); !ok || len(scope) != 0 {
			t.Errorf("scope %v, want an empty object", claims["scope"])
		}
		v, err := r.server.Verify(t.Context(), a.str("access_token"))
		if err != nil || v.User != nil || v.Client.ClientID != serviceClient {
			t.Errorf("verify: %+v, %v", v, err)
		}
	})
}

func TestToken_PreviousSecretIsGoodForItsOverlap(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		const next = "anothersecretanothersecretanothe"
		r.write(func(tx *store.Tx) error {
			_, err := tx.RotateSecret("id-"+serviceClient, sum(next), start.Add(time.Minute), start)
			return err
		})
		issue := func(secret string) response {
			return r.post("/auth/token", "clientId", serviceClient, "clientSecret", secret, "grant_types", "client_credentials")
		}
		r.wantTokens(issue(next))
		r.wantTokens(issue(secret))
		r.clock.Advance(time.Minute)
		r.wantTokens(issue(next))
		r.wantError(issue(secret), 401, "invalid_client")
	})
}

func TestToken_LifespansAreTheApplications(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	r.change(m2mClient, func(a *store.Application) { a.AccessTokenLifespan, a.RefreshTokenLifespan = 60, 300 })
	a := r.signIn()
	claims := r.claims(a.str("access_token"))
	if a.body["exp_access_token"] != 60.0 || claims["exp"].(float64)-claims["iat"].(float64) != 60 {
		t.Errorf("returns %s", a.Body)
	}
	r.clock.Advance(59 * time.Second)
	if !r.active(a.str("access_token")) {
		t.Error("the access token expired early")
	}
	r.clock.Advance(time.Second)
	if r.active(a.str("access_token")) {
		t.Error("the access token outlives its lifespan")
	}
	r.clock.Advance(239 * time.Second)
	a = r.wantTokens(r.refresh(a))
	r.clock.Advance(300 * time.Second)
	r.wantError(r.refresh(a), 400, "invalid_grant")
	if e := r.lastEvent(); e.Reason != oauth.ReasonRefreshTokenExpired {
		t.Errorf("event %+v", e)
	}
}

func TestToken_OtherPathIsTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	r.wantTokens(r.post("/oauth/token", "clientId", serviceClient, "clientSecret", secret, "grant_types", "client_credentials"))
}

func TestToken_BusyIs503WithRetryAfter(t *testing.T) {
	t.Parallel()
	o := options{}
	o.manager.Cores, o.manager.Queue = 1, 1
	r := newRig(t, o)
	for range 2 {
		place, err := r.manager.Admit()
		if err != nil {
			t.Fatal(err)
		}
		defer place.Leave()
	}
	a := r.post("/auth/token", "clientId", serviceClient, "clientSecret", secret, "grant_types", "client_credentials")
	r.wantError(a, http.StatusServiceUnavailable, "temporarily_unavailable")
	if a.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestToken_WithoutItsStoreIs503WithRetryAfter(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	tokens := r.signIn()
	if err := r.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, a := range []response{
		r.post("/auth/token", "clientId", serviceClient, "clientSecret", secret, "grant_types", "client_credentials"),
		r.refresh(tokens), r.revoke(m2mClient, "x"), r.introspect(m2mClient, "x"),
	} {
		r.wantError(a, http.StatusServiceUnavailable, "temporarily_unavailable")
		if a.Header().Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	if _, err := r.server.Verify(t.Context(), tokens.str("access_token")); err == nil || errors.Is(err, oauth.ErrInvalidToken) {
		t.Errorf("verify: %v, want an error of the server's own", err)
	}
}
