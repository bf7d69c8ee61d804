package oauth_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// newHTTPRig is a rig that is reachable, on the machine's time, with its own
// URL as issuer.
func newHTTPRig(t *testing.T) (*rig, *httptest.Server) {
	t.Helper()
	var issuer string
	r := newRig(t, options{publicURL: &issuer})
	r.clock.Reset()
	server := httptest.NewServer(r.mux)
	t.Cleanup(server.Close)
	issuer = server.URL
	return r, server
}

func TestClients_OrdinaryLibrariesWorkFromDiscoveryToRevocation(t *testing.T) {
	t.Parallel()
	for name, style := range map[string]oauth2.AuthStyle{
		"basic": oauth2.AuthStyleInHeader, "post": oauth2.AuthStyleInParams, "tried": oauth2.AuthStyleAutoDetect,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, server := newHTTPRig(t)
			ctx := oidc.ClientContext(t.Context(), server.Client())
			provider, err := oidc.NewProvider(ctx, server.URL)
			if err != nil {
				t.Fatalf("discovery: %v", err)
			}
			endpoint := provider.Endpoint()
			endpoint.AuthStyle = style
			config := oauth2.Config{
				ClientID: spaClient, ClientSecret: secret, Endpoint: endpoint, RedirectURL: redirectURL,
				Scopes: []string{oidc.ScopeOpenID, "email"},
			}
			verifier := oauth2.GenerateVerifier()
			code := r.followAuthorization(config.AuthCodeURL("st", oauth2.S256ChallengeOption(verifier), oidc.Nonce("no")), "st")
			token, err := config.Exchange(ctx, code, oauth2.VerifierOption(verifier))
			if err != nil {
				t.Fatalf("exchange: %v", err)
			}
			check := func(token *oauth2.Token, nonce string) {
				t.Helper()
				raw, _ := token.Extra("id_token").(string)
				id, err := provider.Verifier(&oidc.Config{ClientID: spaClient}).Verify(ctx, raw)
				if err != nil {
					t.Fatalf("id token: %v", err)
				}
				if id.Subject != userID || id.Nonce != nonce || time.Until(token.Expiry) > 600*time.Second || token.TokenType != "Bearer" {
					t.Errorf("token %v for %s with nonce %q", token.Expiry, id.Subject, id.Nonce)
				}
			}
			check(token, "no")
			token.Expiry = time.Now().Add(-time.Minute)
			refreshed, err := config.TokenSource(ctx, token).Token()
			if err != nil {
				t.Fatalf("refresh: %v", err)
			}
			if refreshed.RefreshToken == token.RefreshToken {
				t.Error("the refresh token was not rotated")
			}
			check(refreshed, "")
			r.revoke(spaClient, refreshed.RefreshToken)
			refreshed.Expiry = time.Now().Add(-time.Minute)
			if _, err := config.TokenSource(ctx, refreshed).Token(); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
				t.Errorf("refresh after revocation: %v", err)
			}
		})
	}
}

// followAuthorization does what browser and sign-in page would.
func (r *rig) followAuthorization(target, state string) string {
	r.t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		r.t.Fatal(err)
	}
	if u.Path != "/login" {
		r.t.Errorf("authorization endpoint %s", u)
	}
	request, err := r.server.ParseAuthorization(r.t.Context(), u.Query())
	if err != nil {
		r.t.Fatal(err)
	}
	back, err := r.server.IssueCode(r.t.Context(), request, userID)
	if err != nil {
		r.t.Fatal(err)
	}
	response, err := url.Parse(back.URL())
	if err != nil || response.Query().Get("state") != state {
		r.t.Fatalf("redirects to %s, %v", back.URL(), err)
	}
	return response.Query().Get("code")
}

func TestClients_ClientCredentials(t *testing.T) {
	t.Parallel()
	_, server := newHTTPRig(t)
	config := clientcredentials.Config{ClientID: serviceClient, ClientSecret: secret, TokenURL: server.URL + "/auth/token"}
	token, err := config.Token(t.Context())
	if err != nil || !token.Valid() || token.RefreshToken != "" {
		t.Errorf("token %v, %v", token, err)
	}
}

func TestJWKS_IsServedWithItsCaching(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	get := func(method string, header ...string) response {
		return r.raw(method, "/auth/.well-known/jwks.json", "", "", header...)
	}
	a := get("GET")
	etag := a.Header().Get("ETag")
	if a.Code != http.StatusOK || etag == "" || a.Header().Get("Cache-Control") != "no-cache" ||
		a.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("returns %d %v", a.Code, a.Header())
	}
	for _, tag := range []string{etag, "W/" + etag, `"x", ` + etag, "*"} {
		if a := get("GET", "If-None-Match", tag); a.Code != http.StatusNotModified || a.Body.Len() > 0 || a.Header().Get("ETag") != etag {
			t.Errorf("If-None-Match %s: returns %d", tag, a.Code)
		}
	}
	if a := get("GET", "If-None-Match", `"x"`); a.Code != http.StatusOK {
		t.Errorf("another tag: returns %d", a.Code)
	}
	if a := get("HEAD"); a.Code != http.StatusOK || a.Body.Len() > 0 {
		t.Errorf("HEAD: returns %d with %d bytes", a.Code, a.Body.Len())
	}
	r.wantError(get("POST"), 405, "invalid_request")
	if _, err := r.manager.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := get("GET").Header().Get("ETag"); got == etag {
		t.Error("the entity tag is the same after the set has changed")
	}
}
