package token_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tci-pf/terraform-provider-atm/internal/acctest"
	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// claimsOf returns the claims of a result, flat.
func claimsOf(a *acctest.Returned) map[string]any {
	claims := map[string]any{"iss": a.Get("claims", "iss"), "aud": a.Get("claims", "aud"), "scope": a.Get("claims", "scope")}
	if claims["scope"] != nil {
		scope := map[string]any{}
		for _, name := range []string{"id", "email", "first_name", "last_name"} {
			scope[name] = a.Get("claims", "scope", name)
		}
		claims["scope"] = scope
	}
	return claims
}

var userClaims = map[string]any{"iss": "atm", "aud": workerID, "scope": map[string]any{
	"id": userID, "email": user, "first_name": "Thong", "last_name": "",
}}

func TestData_IssuesAndVerifies(t *testing.T) {
	_, h := start(t)
	p := h.Protocol(nil)
	for name, test := range map[string]struct{ config, claims map[string]any }{
		"a user's, by default": {worker(nil), userClaims},
		"a user's":             {worker(map[string]any{"grant_type": "user_credentials", "audience": workerID, "minimum_lifetime": 600}), userClaims},
		"an application's":     {machine(nil), map[string]any{"iss": "atm", "aud": machineID, "scope": nil}},
	} {
		first, diags := p.ReadData("atm_token", test.config)
		acctest.NoErrors(t, diags)
		second, diags := p.ReadData("atm_token", test.config)
		acctest.NoErrors(t, diags)
		if diff := cmp.Diff(test.claims, claimsOf(first)); diff != "" {
			t.Errorf("%s: claims (-want +got)\n%s", name, diff)
		}
		if diff := cmp.Diff(claimsOf(first), claimsOf(second)); diff != "" {
			t.Errorf("%s: claims change from read to read\n%s", name, diff)
		}
		if jti(t, first.Get("access_token")) == jti(t, second.Get("access_token")) {
			t.Errorf("%s: the same token twice", name)
		}
		issued, err1 := time.Parse(time.RFC3339, text(t, first.Get("issued_at")))
		expires, err2 := time.Parse(time.RFC3339, text(t, first.Get("expires_at")))
		if err1 != nil || err2 != nil || expires.Sub(issued) != 600*time.Second {
			t.Errorf("%s: issued at %v, expires at %v", name, first.Get("issued_at"), first.Get("expires_at"))
		}
	}
}

func TestData_NeedsNoSignIn(t *testing.T) {
	_, h := start(t)
	for _, name := range []string{"ATM_CLIENT_ID", "ATM_CLIENT_SECRET", "ATM_LOGIN_ID"} {
		h.Setenv(name, "")
	}
	_, diags := h.Protocol(nil).ReadData("atm_token", worker(nil))
	acctest.NoErrors(t, diags)
}

// badRequests are those that ATM or the provider refuses, alike in every form
// of atm_token.
var badRequests = map[string]struct {
	config    map[string]any
	attribute string
	texts     []string
}{
	"an unknown login id":       {worker(map[string]any{"login_id": "nobody@example.com"}), "login_id", []string{`"nobody@example.com"`, "assigned", "request id"}},
	"a user without assignment": {worker(map[string]any{"login_id": stranger}), "login_id", []string{"atm_application_user", "request id"}},
	"a wrong secret":            {worker(map[string]any{"client_secret": shopSecret}), "client_secret", []string{workerClient, "rotated", "request id"}},
	"an unknown client id":      {worker(map[string]any{"client_id": "AAAAAAAAAAAAAAAAAAAA"}), "client_secret", []string{"AAAAAAAAAAAAAAAAAAAA", "request id"}},
	"an application of another type": {machine(map[string]any{"grant_type": nil, "login_id": user}), "grant_type",
		[]string{machineClient, "user_credentials", "authenticator_type", "request id"}},
	"an application of people": {worker(map[string]any{"client_id": shopClient, "client_secret": shopSecret}), "grant_type", []string{shopClient, "request id"}},
	"no login id":              {worker(map[string]any{"login_id": nil}), "login_id", []string{"Missing"}},
	"an empty login id":        {worker(map[string]any{"login_id": ""}), "login_id", nil},
	"a login id too many":      {machine(map[string]any{"login_id": user}), "login_id", []string{"client_credentials"}},
	"the refresh grant":        {worker(map[string]any{"grant_type": "refresh_token"}), "grant_type", []string{"once"}},
	"an unknown grant":         {worker(map[string]any{"grant_type": "password"}), "grant_type", []string{"user_credentials and client_credentials"}},
	"another audience":         {worker(map[string]any{"audience": machineID}), "audience", []string{workerID, machineID}},
	"an empty audience":        {worker(map[string]any{"audience": ""}), "audience", nil},
	"an empty client id":       {worker(map[string]any{"client_id": ""}), "client_id", nil},
}

func TestData_BadInput(t *testing.T) {
	_, h := start(t)
	p := h.Protocol(nil)
	for name, bad := range badRequests {
		t.Run(name, func(t *testing.T) {
			_, diags := p.ReadData("atm_token", bad.config)
			acctest.WantError(t, diags, bad.attribute, bad.texts...)
			for _, d := range diags {
				if strings.Contains(d.Detail+d.Summary, text(t, bad.config["client_secret"])) {
					t.Errorf("the secret is in %s", acctest.Print(d))
				}
			}
		})
	}
	_, diags := p.ReadData("atm_token", worker(map[string]any{"minimum_lifetime": 601}))
	acctest.WantError(t, diags, "minimum_lifetime", "600", "601", "access_token_lifespan")
	_, diags = p.ReadData("atm_token", worker(map[string]any{"minimum_lifetime": 0}))
	acctest.WantError(t, diags, "minimum_lifetime")
}

func TestData_WhatIsNotUsedIsRevoked(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(nil)
	for i, config := range []map[string]any{
		worker(map[string]any{"audience": machineID}),
		worker(map[string]any{"minimum_lifetime": 601}),
		machine(map[string]any{"minimum_lifetime": 601}),
	} {
		_, diags := p.ReadData("atm_token", config)
		if !acctest.HasErrors(diags) {
			t.Fatal("no error")
		}
		if n := server.CountRequests(http.MethodPost, "/auth/revoke"); n != i+1 {
			t.Errorf("%d revocations after %d refused tokens", n, i+1)
		}
	}
}

// answerToken has the token endpoint respond with that token.
func answerToken(t *testing.T, server *testserver.Server, accessToken string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"access_token": accessToken, "exp_access_token": 600, "token_type": "Bearer", "expires_in": 600})
	if err != nil {
		t.Fatal(err)
	}
	server.Fail(testserver.Fault{Path: "/auth/token", Times: 1, Status: 200, Body: string(body), Headers: map[string]string{"Content-Type": "application/json"}})
}

func TestData_WrongTokens(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(nil)
	past, unknown, none := int64(-60), "unknown", ""
	for name, test := range map[string]struct {
		spec testserver.TokenSpec
		says string
	}{
		"expired":            {testserver.TokenSpec{ExpiresIn: &past}, "expired at"},
		"of another issuer":  {testserver.TokenSpec{Claims: map[string]any{"iss": "evil"}}, `"evil"`},
		"of an unknown key":  {testserver.TokenSpec{KeyID: &unknown, Key: "unknown"}, "not one of the published"},
		"by another issuer":  {testserver.TokenSpec{Key: "unknown"}, ""},
		"without a kid":      {testserver.TokenSpec{KeyID: &none}, "key id"},
		"unsigned":           {testserver.TokenSpec{Algorithm: "none"}, ""},
		"HS256 by the key":   {testserver.TokenSpec{Algorithm: "HS256"}, "RS256"},
		"of another type":    {testserver.TokenSpec{Algorithm: "PS256"}, "RS256"},
		"with another scope": {testserver.TokenSpec{Claims: map[string]any{"scope": "openid"}}, "scope"},
	} {
		t.Run(name, func(t *testing.T) {
			minted, err := server.Mint(t.Context(), test.spec)
			if err != nil {
				t.Fatal(err)
			}
			answerToken(t, server, minted)
			_, diags := p.ReadData("atm_token", worker(nil))
			acctest.WantError(t, diags, "", "Invalid token", test.says)
			for _, d := range diags {
				betraysNothing(t, strings.ReplaceAll(d.Detail, ". ", ".\n"), minted)
			}
		})
	}
}

func TestData_KeysThatCannotBeHad(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(map[string]any{"max_retries": 0})
	for name, fault := range map[string]testserver.Fault{
		"down":    {Status: 503},
		"missing": {Status: 404},
		"cut":     {Drop: testserver.DropBefore},
		"a page":  {Status: 200, Body: "<html>", Headers: map[string]string{"Content-Type": "text/html"}},
		"no keys": {Status: 200, Body: `{"keys":[]}`, Headers: map[string]string{"Content-Type": "application/json"}},
	} {
		fault.Path = "/auth/.well-known/jwks.json"
		remove := server.Fail(fault)
		_, diags := p.ReadData("atm_token", worker(nil))
		acctest.WantError(t, diags, "", "Cannot fetch the signing keys", "not used")
		remove()
		if t.Failed() {
			t.Fatalf("with the keys %s", name)
		}
	}
}

func TestData_ASecretThatATMRepeatsIsMasked(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(nil)
	server.Fail(testserver.Fault{Path: "/auth/token", Status: 400, Headers: map[string]string{"Content-Type": "application/json"},
		Body: `{"error":"invalid_request","error_description":"clientSecret ` + workerSecret + ` is odd"}`})
	_, diags := p.ReadData("atm_token", worker(nil))
	acctest.WantError(t, diags, "", "clientSecret (sensitive) is odd")
}

func TestData_EndpointOfNoATM(t *testing.T) {
	server, h := start(t)
	for _, path := range []string{"/elsewhere", "/api/v1/elsewhere"} {
		h.Setenv("ATM_ENDPOINT", server.URL+path)
		_, diags := h.Protocol(nil).ReadData("atm_token", worker(nil))
		acctest.WantError(t, diags, "", "Not an ATM server", "base URL")
	}
}

func TestData_AsksForTheKeysAsOftenAsATMWants(t *testing.T) {
	const path = "/auth/.well-known/jwks.json"
	server, h := start(t, testserver.WithJWKSMaxAge(time.Minute))
	p := h.Protocol(nil)
	read := func() {
		t.Helper()
		_, diags := p.ReadData("atm_token", worker(nil))
		acctest.NoErrors(t, diags)
	}
	want := func(n int, when string) {
		t.Helper()
		if got := server.CountRequests(http.MethodGet, path); got != n {
			t.Errorf("%s: %d requests for the keys, want %d", when, got, n)
		}
	}
	for range 3 {
		read()
	}
	want(1, "within max-age")
	server.Clock.Advance(2 * time.Minute)
	read()
	want(2, "after max-age")
}

func TestData_AKeyThatWasRotatedInBetween(t *testing.T) {
	server, h := start(t)
	p := h.Protocol(nil)
	_, diags := p.ReadData("atm_token", worker(nil))
	acctest.NoErrors(t, diags)
	if _, err := server.RotateKey(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, diags = p.ReadData("atm_token", worker(nil))
	acctest.NoErrors(t, diags)
}
