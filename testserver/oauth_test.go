package testserver_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// These tests drive the server with the OAuth libraries that others use, as
// they are.

// through makes a context with which oauth2 and go-oidc use the server's
// client.
func through(ctx context.Context, s *testserver.Server) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, s.Client())
}

func discover(t *testing.T, s *testserver.Server) *oidc.Provider {
	t.Helper()
	p, err := oidc.NewProvider(through(t.Context(), s), s.PublicURL())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOAuth_ClientCredentialsInBothStyles(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(seeded))
	for name, style := range map[string]oauth2.AuthStyle{
		"header": oauth2.AuthStyleInHeader, "parameters": oauth2.AuthStyleInParams, "found out": oauth2.AuthStyleAutoDetect,
	} {
		config := clientcredentials.Config{
			ClientID: "DwSljVC4Ycr5YAv2Qbkf", ClientSecret: robotSecret,
			TokenURL: discover(t, s).Endpoint().TokenURL, AuthStyle: style,
		}
		token, err := config.Token(through(t.Context(), s))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if token.Type() != "Bearer" || token.RefreshToken != "" || token.Extra("id_token") != nil {
			t.Errorf("%s: type %s, refresh token %t", name, token.Type(), token.RefreshToken != "")
		}
		if left := time.Until(token.Expiry); left < 9*time.Minute || left > 11*time.Minute {
			t.Errorf("%s: expires in %s", name, left)
		}
	}
}

func TestOAuth_RefusalsAreThoseOfTheStandard(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(seeded))
	config := clientcredentials.Config{
		ClientID: "DwSljVC4Ycr5YAv2Qbkf", ClientSecret: workerSecret, TokenURL: s.URL + "/auth/token",
	}
	_, err := config.Token(through(t.Context(), s))
	var refusal *oauth2.RetrieveError
	if !errors.As(err, &refusal) || refusal.ErrorCode != "invalid_client" || refusal.Response.StatusCode != http.StatusUnauthorized {
		t.Errorf("got %v", err)
	}
}

func TestOAuth_RefreshesAutomaticallyAndVerifiesTheIDToken(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(seeded))
	provider := discover(t, s)
	ctx := through(t.Context(), s)
	first := signIn(t, s)
	config := oauth2.Config{ClientID: "NmN78x6DMfde1XRx9hQg", ClientSecret: workerSecret, Endpoint: provider.Endpoint()}
	expired := &oauth2.Token{
		AccessToken: first.field("access_token"), RefreshToken: first.field("refresh_token"), Expiry: time.Now().Add(-time.Minute),
	}
	renewed, err := config.TokenSource(ctx, expired).Token()
	if err != nil {
		t.Fatal(err)
	}
	if renewed.AccessToken == expired.AccessToken || renewed.RefreshToken == "" || renewed.RefreshToken == expired.RefreshToken {
		t.Error("the refresh returned nothing new")
	}
	raw, _ := renewed.Extra("id_token").(string)
	verifier := provider.VerifierContext(ctx, &oidc.Config{ClientID: config.ClientID, Now: s.Clock.Now})
	idToken, err := verifier.Verify(ctx, raw)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Email string `json:"email"`
	}
	if err := idToken.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	if idToken.Subject != "D7aaqWe34vWj_Bd-uuP8N" || claims.Email != "admin@gmail.com" || idToken.Issuer != s.URL {
		t.Errorf("sub %s, email %s, iss %s", idToken.Subject, claims.Email, idToken.Issuer)
	}

	// The verifier meets a key that it has not seen, and asks for it.
	if _, err := s.RotateKey(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := verifier.Verify(ctx, signIn(t, s).field("id_token")); err != nil {
		t.Errorf("after a rotation: %v", err)
	}
	s.Clock.Advance(time.Hour)
	var late *oidc.TokenExpiredError
	if _, err := verifier.Verify(ctx, raw); !errors.As(err, &late) {
		t.Errorf("after an hour: %v", err)
	}
}

func TestOAuth_AUsedRefreshTokenEndsTheFamily(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(seeded))
	ctx := through(t.Context(), s)
	first := signIn(t, s)
	config := oauth2.Config{
		ClientID: "NmN78x6DMfde1XRx9hQg", ClientSecret: workerSecret, Endpoint: oauth2.Endpoint{TokenURL: s.URL + "/auth/token"},
	}
	expired := &oauth2.Token{RefreshToken: first.field("refresh_token")}
	second, err := config.TokenSource(ctx, expired).Token()
	if err != nil {
		t.Fatal(err)
	}
	for generation, used := range []*oauth2.Token{expired, second} {
		_, err := config.TokenSource(ctx, &oauth2.Token{RefreshToken: used.RefreshToken}).Token()
		var refusal *oauth2.RetrieveError
		if !errors.As(err, &refusal) || refusal.ErrorCode != "invalid_grant" {
			t.Errorf("generation %d: %v", generation, err)
		}
	}
}

// A request that came first and lost the race, or a replica whose clock is
// behind, sees a use in its own future.
func TestOAuth_AUsedRefreshTokenIsDeadBeforeItsUseToo(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(seeded))
	first := signIn(t, s)
	body := `{"grantType":"refresh_token","clientId":"NmN78x6DMfde1XRx9hQg","refresh_token":"` + first.field("refresh_token") +
		`","id_token":"` + first.field("id_token") + `"}`
	if got := send(t.Context(), t, s, http.MethodPost, "/auth/token", body); got.status != http.StatusOK {
		t.Fatalf("the first use: %d %s", got.status, got.body)
	}
	s.Clock.Advance(-time.Minute)
	got := send(t.Context(), t, s, http.MethodPost, "/auth/token", body)
	if got.status != http.StatusBadRequest || got.field("error") != "invalid_grant" {
		t.Errorf("the second use, a minute before the first: %d %s", got.status, got.body)
	}
}
