package oauth_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver/internal/oauth"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/postgrestest"
	"github.com/tci-pf/terraform-provider-atm/testserver/internal/store"
)

func TestRefreshToken_BothFormsRotate(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		first := r.signIn()
		r.clock.Advance(time.Minute)
		second := r.wantTokens(r.refresh(first))
		third := r.wantTokens(r.form("/auth/token", "client_id", m2mClient, "client_secret", secret,
			"grant_type", "refresh_token", "refresh_token", second.str("refresh_token")))
		if a, b, c := first.str("refresh_token"), second.str("refresh_token"), third.str("refresh_token"); a == b || b == c || len(a) != len(b) {
			t.Error("the refresh token was not rotated, or its successors look different")
		}
		for _, a := range []response{second, third} {
			if a.str("id_token") == "" || a.body["exp_access_token"] != 600.0 {
				t.Errorf("returns %s", a.Body)
			}
			id := r.claims(a.str("id_token"))
			if id["auth_time"] != float64(start.Unix()) || id["iat"] != float64(start.Unix()+60) {
				t.Errorf("id token %v: auth_time is the sign-in's, iat the refresh's", id)
			}
		}
		for _, a := range []response{first, second, third} {
			if !r.active(a.str("access_token")) {
				t.Error("a refresh ended an access token of its family")
			}
		}
	})
}

func TestRefreshToken_AnyIDTokenOfTheFamilyWillDo(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	first := r.signIn()
	second := r.wantTokens(r.refresh(first))
	r.clock.Advance(20 * time.Hour) // its expiry does not count
	for range 3 {                   // nor does a rotation of the signing key
		if _, err := r.manager.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	second.body["id_token"] = first.str("id_token")
	r.wantTokens(r.refresh(second))
}

func TestRefreshToken_WhatMustBelongTogether(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	tokens, other := r.signIn(), r.signIn()
	atOther := r.wantTokens(r.post("/auth/token", "clientId", otherClient, "clientSecret", secret,
		"grant_types", "user_credentials", "loginId", loginID))
	refresh := func(client, refreshToken, idToken string) response {
		return r.post("/auth/token", "clientId", client, "grantType", "refresh_token", "refresh_token", refreshToken, "id_token", idToken)
	}
	token, id := tokens.str("refresh_token"), tokens.str("id_token")
	tampered := []byte(id)
	tampered[len(tampered)-10] ^= 1
	for name, a := range map[string]response{
		"id token of another family":      refresh(m2mClient, token, other.str("id_token")),
		"id token of another application": refresh(m2mClient, token, atOther.str("id_token")),
		"another application":             refresh(otherClient, token, id),
		"unknown application":             refresh("unknownunknownunknow", token, id),
		"access token for an id token":    refresh(m2mClient, token, tokens.str("access_token")),
		"tampered id token":               refresh(m2mClient, token, string(tampered)),
		"unsigned id token":               refresh(m2mClient, token, unsigned(id)),
		"no token at all":                 refresh(m2mClient, "x", id),
		"other application's secret": r.post("/auth/token", "clientId", otherClient, "clientSecret", secret,
			"grantType", "refresh_token", "refresh_token", token),
		"secret, but a wrong id token": r.post("/auth/token", "clientId", m2mClient, "clientSecret", secret,
			"grantType", "refresh_token", "refresh_token", token, "id_token", other.str("id_token")),
	} {
		if a.Code != 400 || a.str("error") != "invalid_grant" {
			t.Errorf("%s: returns %d %s", name, a.Code, a.Body)
		}
	}
	r.wantError(r.post("/auth/token", "clientId", m2mClient, "clientSecret", "x", "grantType", "refresh_token",
		"refresh_token", token), 401, "invalid_client")
	r.wantError(r.post("/auth/token", "clientId", m2mClient, "grantType", "refresh_token",
		"refresh_token", token), 400, "invalid_request")
	r.wantTokens(refresh(m2mClient, token, id)) // none of it used the token up
}

// unsigned is the token with alg none.
func unsigned(token string) string {
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
	return header + "." + strings.Split(token, ".")[1] + "."
}

func TestRefreshToken_ReuseEndsTheFamilyWithTheWinnersTokens(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		first := r.signIn()
		second := r.wantTokens(r.refresh(first))
		r.wantError(r.refresh(first), 400, "invalid_grant")
		if e := r.lastEvent(); e.Reason != oauth.ReasonRefreshTokenReused || e.FamilyID == "" {
			t.Errorf("event %+v", e)
		}
		r.wantError(r.refresh(second), 400, "invalid_grant")
		if e := r.lastEvent(); e.Reason != oauth.ReasonFamilyEnded {
			t.Errorf("event %+v", e)
		}
		for _, a := range []response{first, second} {
			if r.active(a.str("access_token")) {
				t.Error("an access token outlives its family")
			}
		}
	})
}

func TestRefreshToken_GraceReturnsTheSameSuccessorOneGenerationBack(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		r.change(m2mClient, func(a *store.Application) { a.RefreshTokenGracePeriod = 10 })
		first := r.signIn()
		second := r.wantTokens(r.refresh(first))
		r.clock.Advance(9 * time.Second)
		again := r.wantTokens(r.refresh(first))
		if again.str("refresh_token") != second.str("refresh_token") {
			t.Error("the grace period accepts a sibling")
		}
		if again.str("access_token") == second.str("access_token") {
			t.Error("the access token is the same: it should be a fresh one")
		}
		r.clock.Advance(time.Hour)
		third := r.wantTokens(r.refresh(again)) // the successor lives on
		r.wantError(r.refresh(first), 400, "invalid_grant")
		if r.active(third.str("access_token")) {
			t.Error("reuse two generations back, or after the grace period, does not end the family")
		}
	})
}

func TestRefreshToken_GraceEndsWithTheUseOfTheSuccessor(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	r.change(m2mClient, func(a *store.Application) { a.RefreshTokenGracePeriod = 60 })
	first := r.signIn()
	second := r.wantTokens(r.refresh(first))
	third := r.wantTokens(r.refresh(second))
	r.wantError(r.refresh(first), 400, "invalid_grant")
	r.wantError(r.refresh(third), 400, "invalid_grant")
}

func TestRefreshToken_GraceEndsWithItsTime(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	r.change(m2mClient, func(a *store.Application) { a.RefreshTokenGracePeriod = 10 })
	first := r.signIn()
	second := r.wantTokens(r.refresh(first))
	r.clock.Advance(10 * time.Second)
	r.wantError(r.refresh(first), 400, "invalid_grant")
	r.wantError(r.refresh(second), 400, "invalid_grant")
}

func TestRefreshToken_DisablingUserOrAssignmentEndsIt(t *testing.T) {
	t.Parallel()
	for name, disable := range map[string]func(r *rig){
		"user": func(r *rig) { r.changeUser(userID, func(u *store.User) { u.Enabled = false }) },
		"assignment": func(r *rig) {
			r.write(func(tx *store.Tx) error {
				_, _, err := tx.PutAssignment("id-"+m2mClient, store.AssignmentSet{UserID: userID}, start)
				return err
			})
		},
		"assignment removed": func(r *rig) {
			r.write(func(tx *store.Tx) error { return tx.DeleteAssignment("id-"+m2mClient, userID, start) })
		},
		"user deleted": func(r *rig) {
			r.write(func(tx *store.Tx) error { return tx.DeleteUser(userID) })
		},
		"token revocation": func(r *rig) {
			r.write(func(tx *store.Tx) error {
				_, err := tx.EndFamilies(userID, "", "test", start)
				return err
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, options{})
			tokens := r.signIn()
			disable(r)
			r.wantError(r.refresh(tokens), 400, "invalid_grant")
			if r.active(tokens.str("access_token")) {
				t.Error("the access token is still active")
			}
		})
	}
}

// parallel uses one refresh token n times at once, spread over the rigs.
func parallel(n int, rigs []*rig, tokens response) []response {
	responses := make([]response, n)
	var ready, done sync.WaitGroup
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			responses[i] = rigs[i%len(rigs)].refresh(tokens)
		})
	}
	done.Wait()
	return responses
}

// replicas returns n servers on one store: three processes' worth on
// PostgreSQL, and as many servers of one process on other stores.
func replicas(t *testing.T, r *rig, n int) []*rig {
	t.Helper()
	rigs := []*rig{r}
	for len(rigs) < n {
		rigs = append(rigs, newRig(t, options{shared: r.store}))
	}
	return rigs
}

func (r *rig) generation(tokens response) int64 {
	r.t.Helper()
	family, _, _ := strings.Cut(r.claims(tokens.str("access_token"))["jti"].(string), ".")
	grant, err := r.store.Direct(r.t.Context()).GrantByFamily(family)
	if err != nil {
		r.t.Fatal(err)
	}
	return grant.Family.Generation
}

func TestRefreshToken_OfAHundredParallelUsesOneSucceeds(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		tokens := r.signIn()
		rigs := replicas(t, r, 3)
		for round := range 3 {
			counts := map[string]int{}
			var won response
			for _, a := range parallel(100, rigs, tokens) {
				counts[fmt.Sprint(a.Code, " ", a.str("error"))]++
				if a.Code == http.StatusOK {
					won = a
				}
			}
			if counts["200 "] != 1 || counts["400 invalid_grant"] != 99 {
				t.Fatalf("round %d: %v, want one 200 and 99 times 400 invalid_grant", round, counts)
			}
			r.wantError(r.refresh(won), 400, "invalid_grant")
			if r.active(won.str("access_token")) {
				t.Errorf("round %d: the winner's access token outlives the family", round)
			}
			if g := r.generation(won); g != 1 {
				t.Errorf("round %d: generation %d, want 1", round, g)
			}
			tokens = r.signIn()
		}
	})
}

func TestRefreshToken_WithinGraceAllParallelUsesGetOneSuccessor(t *testing.T) {
	onEachStore(t, func(t *testing.T, r *rig) {
		r.change(m2mClient, func(a *store.Application) { a.RefreshTokenGracePeriod = 10 })
		tokens := r.signIn()
		rigs := replicas(t, r, 3)
		for generation := range int64(5) {
			successors := map[string]int{}
			var last response
			for _, a := range parallel(30, rigs, tokens) {
				if a.Code != http.StatusOK {
					t.Fatalf("returns %d %s", a.Code, a.Body)
				}
				successors[a.str("refresh_token")]++
				last = a
			}
			if len(successors) != 1 {
				t.Fatalf("%d successors of one token", len(successors))
			}
			if g := r.generation(last); g != generation+1 {
				t.Fatalf("generation %d after refresh %d: a gap or a duplicate", g, generation+1)
			}
			tokens = last
		}
	})
}

func TestRefreshToken_ReplicasOfTwoProcessesShareTheSuccessorKey(t *testing.T) {
	t.Parallel()
	where := store.Options{DatabaseURL: postgrestest.URL(t)}
	a := newRig(t, options{store: where})
	other, err := store.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	b := newRig(t, options{shared: other})
	a.change(m2mClient, func(a *store.Application) { a.RefreshTokenGracePeriod = 10 })
	first := a.signIn()
	if x, y := a.wantTokens(a.refresh(first)), b.wantTokens(b.refresh(first)); x.str("refresh_token") != y.str("refresh_token") {
		t.Error("two replicas derive different successors")
	}
}

func TestRefreshToken_OneOfAnotherGrantIsRefreshedToo(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	tokens := r.exchange(webClient, r.authorize(webClient, nil))
	req := httptest.NewRequest(http.MethodPost, "/auth/token", strings.NewReader("grant_type=refresh_token&refresh_token="+tokens.str("refresh_token")))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(webClient, secret)
	r.wantTokens(r.do(req))
}
