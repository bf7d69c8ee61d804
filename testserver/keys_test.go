package testserver_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/tci-pf/terraform-provider-atm/testserver"
)

// signingKey is the key id of a token that the server issues now.
func signingKey(t *testing.T, s *testserver.Server) string {
	t.Helper()
	return kidOf(signIn(t, s).field("access_token"))
}

// awaitKey waits until the server signs with a key that is not among those.
func awaitKey(t *testing.T, s *testserver.Server, not ...string) string {
	t.Helper()
	for range 500 {
		kid := signingKey(t, s)
		known := false
		for _, k := range not {
			known = known || k == kid
		}
		if !known {
			return kid
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the server goes on with the key that it has")
	return ""
}

func TestServer_SignsWithTheKeyThatItIsGiven(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s := testserver.Start(t, testserver.WithSeed(seeded), testserver.WithSigningKey(key))
	jwks := send(t.Context(), t, s, http.MethodGet, "/auth/.well-known/jwks.json", "")
	if n := base64.RawURLEncoding.EncodeToString(key.N.Bytes()); !bytes.Contains(jwks.body, []byte(n)) {
		t.Fatalf("the key is not in %s", jwks.body)
	}
	other := testserver.Start(t, testserver.WithSeed(seeded))
	if signingKey(t, s) == signingKey(t, other) {
		t.Error("the server signs with the process's key")
	}
	if err := s.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	jwks = send(t.Context(), t, s, http.MethodGet, "/auth/.well-known/jwks.json", "")
	if n := base64.RawURLEncoding.EncodeToString(key.N.Bytes()); !bytes.Contains(jwks.body, []byte(n)) {
		t.Error("after Reset, the key is another one")
	}
}

func TestServer_RotatesItsKeyWhenItIsDueByItsClock(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(seeded), testserver.WithKeyRotation(24*time.Hour))
	first := signingKey(t, s)
	s.Clock.Advance(23 * time.Hour)
	if kid := signingKey(t, s); kid != first {
		t.Errorf("after 23 of 24 hours, the key is another one")
	}
	s.Clock.Advance(2 * time.Hour)
	second := awaitKey(t, s, first)
	s.Clock.Advance(25 * time.Hour)
	awaitKey(t, s, first, second)
}

func TestServer_PublishesAKeyForTheMaxAgeBeforeItSigns(t *testing.T) {
	t.Parallel()
	s := testserver.Start(t, testserver.WithSeed(seeded), testserver.WithJWKSMaxAge(10*time.Minute))
	first := signingKey(t, s)
	jwks := send(t.Context(), t, s, http.MethodGet, "/auth/.well-known/jwks.json", "")
	if got := jwks.header.Get("Cache-Control"); got != "public, max-age=600" {
		t.Errorf("Cache-Control %s", got)
	}
	next, err := s.RotateKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(jwks.body, []byte(next)) {
		t.Error("the next key was not published before")
	}
	s.Clock.Advance(9 * time.Minute)
	if kid := signingKey(t, s); kid != first {
		t.Error("the next key signs before all verifiers can know it")
	}
	s.Clock.Advance(2 * time.Minute)
	if kid := awaitKey(t, s, first); kid != next {
		t.Errorf("the key after the rotation is not the one that was announced")
	}
}

func TestServer_AClockPastARotationSignsTheNextTokenWithTheNextKey(t *testing.T) {
	t.Parallel()
	const seconds = 2_764_800 // 32 days
	for name, opts := range map[string][]testserver.Option{
		"at once":           nil,
		"with a cached one": {testserver.WithJWKSMaxAge(5 * time.Minute)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testserver.Start(t, append(opts, testserver.WithSeed(seeded), testserver.WithKeyRotation(30*24*time.Hour),
				testserver.WithTestControls(""))...)
			seen := []string{signingKey(t, s)}
			send(t.Context(), t, s, http.MethodGet, "/auth/.well-known/jwks.json", "") // there is a next key
			for range 3 {
				send(t.Context(), t, s, http.MethodPost, "/_test/clock/advance", fmt.Sprintf(`{"seconds":%d}`, seconds))
				kid := signingKey(t, s)
				if slices.Contains(seen, kid) {
					t.Errorf("after %d s, the next token has the key of an earlier one", seconds)
				}
				if now := currentKeyID(t, s); now != kid {
					t.Errorf("the token's key is %s, the current one %s", kid, now)
				}
				if again := signingKey(t, s); again != kid {
					t.Errorf("two tokens of one time have the keys %s and %s", kid, again)
				}
				seen = append(seen, kid)
			}
		})
	}
}
